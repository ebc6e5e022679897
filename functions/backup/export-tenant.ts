/** The exports of a tenant's parts, each judged and taken apart, ready to be sealed. */
import { validateIdentityDump } from '../config/export/dump-parts.ts';
import { writeConfigPart, writeCredentialsPart } from '../config/export/parts.ts';
import type { Shape } from '../config/model/shape.ts';
import type { FoundReference } from '../config/references/reference-check.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import { assessBlanks } from '../state/assess-blanks.ts';
import { exportHub, exportSystem, type SplitState } from '../state/export-state.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import type { RetryTools } from '../tenant/http/retry.ts';
import type { PartName } from '../vault/format/manifest.ts';
import { counted, kindCounts, objectCounts, referenceWarnings } from './manifest-counts.ts';

type Counts = Readonly<Record<string, number>>;

export interface ExportedPart {
  readonly plain: readonly {
    readonly name: PartName;
    /** In pieces that follow each other. Of credentials, they hold secrets. */
    readonly bytes: readonly Uint8Array[];
  }[];
  /** Named as in a manifest, as are the following. */
  readonly objects: Counts;
  readonly credentials: Counts;
  readonly warnings: Counts;
  /** The first references to nothing. */
  readonly references: readonly FoundReference[];
  readonly shape?: Shape;
}

/** Each gets the bytes of a part's export as it came, and must not keep them: they are large. Hold secrets.
 * @see parseState */
export type ExportReaders = ReadonlyMap<TenantPart, (exported: Buffer) => void>;

export interface ExportOptions {
  readonly enrolment: Enrolment;
  readonly blankClientSecrets: Enrolment['blankClientSecrets'];
  /** Who else needs the exports. */
  readonly readers: ExportReaders;
  readonly fingerprintKey: Uint8Array;
  readonly retryTools: RetryTools;
}

/** A part whose export failed. */
export interface MissingPart {
  readonly part: TenantPart;
  readonly failure: TenantBackupError;
}

export interface ExportedTenant {
  /** In the order of the parts. */
  readonly exports: readonly ExportedPart[];
  readonly missing: readonly MissingPart[];
}

/** Export parts of a tenant, all at the same time: they only read, and what lies between them is as short as it can be.
 * @param options.mayLack whether the others are worth a backup without a part that failed so; there is none without any
 * @throws CREDENTIALS_BLANK and the errors of `exportHub`, `exportSystem` and the clients; WORKSPACE_NOT_FOUND if the
 *   enrolment lists one that is not there */
export async function exportTenant(
  tenant: Tenant,
  parts: readonly TenantPart[],
  { mayLack, ...options }: ExportOptions & { readonly mayLack: (missing: MissingPart) => boolean },
): Promise<ExportedTenant> {
  const exports: ExportedPart[] = [];
  const missing: MissingPart[] = [];
  const settled = await Promise.allSettled(parts.map((part) => EXPORTS[part](tenant, options)));
  for (const [index, part] of parts.entries()) {
    const result = settled[index];
    if (result?.status === 'fulfilled') exports.push(result.value);
    else missing.push({ part, failure: toTenantBackupError(result?.reason) });
  }
  const needed = missing.find((each) => !mayLack(each)) ?? (exports.length === 0 ? missing[0] : undefined);
  if (needed !== undefined) throw needed.failure;
  return { exports, missing };
}

const EXPORTS: Readonly<
  Record<TenantPart, (tenant: Tenant, options: ExportOptions) => Promise<ExportedPart>>
> = {
  hub: async ({ hub }, options) => splitPart('hub', await exportHub(hub, options.retryTools), options),
  system: async ({ system }, options) =>
    splitPart('system', await exportSystem(system, options.enrolment.workspaces), options),
  identity: identityPart,
};

function splitPart(
  part: 'hub' | 'system',
  { exported, config, credentials, placeOf, ...found }: SplitState,
  { blankClientSecrets, fingerprintKey, readers }: ExportOptions,
): ExportedPart {
  const warnings = {
    ...assessBlanks(found.blanks, blankClientSecrets),
    ...referenceWarnings(found.references),
  };
  readers.get(part)?.(exported);
  return {
    plain: [
      { name: `${part}.config`, bytes: writeConfigPart(config, credentials, fingerprintKey, placeOf) },
      { name: `${part}.credentials`, bytes: writeCredentialsPart(credentials) },
    ],
    objects: objectCounts(part, found.objects),
    credentials: kindCounts(part, found.counts),
    warnings: kindCounts(part, warnings),
    references: found.references.examples,
    ...(found.shape && { shape: found.shape }),
  };
}

/** People's data is sealed as a whole, as it came: nothing of it is configuration. */
async function identityPart({ identity }: Tenant, { readers }: ExportOptions): Promise<ExportedPart> {
  const exported = await identity.exportDump();
  const { objects, userCredentials } = validateIdentityDump(exported);
  const { total, blank } = userCredentials;
  if (total > 0 && blank === total) {
    throw new TenantBackupError(
      'CREDENTIALS_BLANK',
      `all ${total} credentials of users came back blank: the export is redacted`,
      { blank },
    );
  }
  readers.get('identity')?.(exported);
  return {
    plain: [{ name: 'identity.credentials', bytes: [exported] }],
    objects: objectCounts('identity', objects),
    credentials: {},
    warnings: kindCounts('identity', counted({ blank_user_credentials: blank })),
    references: [],
  };
}
