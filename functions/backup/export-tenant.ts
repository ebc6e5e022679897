/** The exports of a tenant's parts, each judged and taken apart, ready to be sealed. */
import { dumpParts, validateIdentityDump } from '../config/export/dump-parts.ts';
import { writeConfigPart, writeCredentialsPart } from '../config/export/parts.ts';
import { isObject, parseJson, stringifyJson } from '../config/json/json.ts';
import type { Shape } from '../config/model/shape.ts';
import type { FoundReference } from '../config/references/reference-check.ts';
import { selectWorkspacesFromDump } from '../config/select/select-dump-workspaces.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import type { RetryTools } from '../tenant/http/retry.ts';
import type { PartName } from '../vault/format/manifest.ts';
import { assessBlanks, counted } from './assess-blanks.ts';
import { exportAndKeep, referenceWarnings } from './export.ts';
import { kindCounts, objectCounts } from './manifest-counts.ts';

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
 * @see parseExport for the hub's */
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
 * @throws the errors of `exportAndKeep`, `dumpParts`, `judgeIdentityDump`, and of the clients; WORKSPACE_NOT_FOUND if the
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
> = { hub: exportHub, system: exportSystem, identity: exportIdentity };

async function exportHub(
  { hub }: Tenant,
  { blankClientSecrets, fingerprintKey, retryTools, readers }: ExportOptions,
): Promise<ExportedPart> {
  const { exported, ...split } = await exportAndKeep(hub, retryTools, blankClientSecrets);
  readers.get('hub')?.(exported);
  const { config, credentials } = split;
  return {
    plain: [
      {
        name: 'hub.config',
        bytes: writeConfigPart(config, credentials, fingerprintKey),
      },
      { name: 'hub.credentials', bytes: writeCredentialsPart(credentials) },
    ],
    objects: objectCounts('hub', split.objects),
    credentials: kindCounts('hub', split.credentialCounts),
    warnings: kindCounts('hub', split.warnings),
    references: split.references,
    shape: split.shape,
  };
}

async function exportSystem(
  { system }: Tenant,
  { enrolment: { workspaces }, blankClientSecrets, fingerprintKey, readers }: ExportOptions,
): Promise<ExportedPart> {
  const exported = await system.exportDump({ withData: false });
  // Of the whole tenant also where workspaces are listed: what of it a workspace needs does not all carry its id.
  const dump = workspaces === undefined ? exported : onlyWorkspaces(exported, workspaces);
  const { config, credentials, placeOf, ...found } = dumpParts(dump, workspaces === undefined);
  readers.get('system')?.(dump);
  const warnings = {
    ...assessBlanks(found.blanks, blankClientSecrets),
    ...referenceWarnings(found.references),
  };
  return {
    plain: [
      {
        name: 'system.config',
        bytes: writeConfigPart(config, credentials, fingerprintKey, placeOf),
      },
      { name: 'system.credentials', bytes: writeCredentialsPart(credentials) },
    ],
    objects: objectCounts('system', found.objects),
    credentials: kindCounts('system', found.counts),
    warnings: kindCounts('system', warnings),
    references: found.references.examples,
  };
}

function onlyWorkspaces(exported: Buffer, workspaces: readonly string[]): Buffer {
  const dump = parseJson(exported);
  if (!isObject(dump)) throw new TenantBackupError('EXPORT_MALFORMED', 'dump must be an object');
  return Buffer.from(stringifyJson(selectWorkspacesFromDump(dump, workspaces)));
}

/** People's data is sealed as a whole, as it came: nothing of it is configuration. */
async function exportIdentity({ identity }: Tenant, { readers }: ExportOptions): Promise<ExportedPart> {
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
