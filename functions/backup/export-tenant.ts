/** Exports a tenant's parts, validates and splits each, and makes it ready to seal. */
import { validateIdentityDump } from '../config/export/dump-parts.ts';
import { exportDigest } from '../config/export/export-digest.ts';
import { writeConfigPart, writeCredentialsPart } from '../config/export/parts.ts';
import type { Json } from '../config/json/json-value.ts';
import type { Shape } from '../config/model/shape.ts';
import type { FoundReference } from '../config/references/reference-check.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import { assessBlanks } from '../state/assess-blanks.ts';
import {
  exportHub,
  exportHubWithoutCredentials,
  exportSystem,
  parseState,
  type SplitState,
} from '../state/export-state.ts';
import type { BackupLimits } from '../state/limits.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { TENANT_PARTS, type TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import type { RetryTools } from '../tenant/http/retry.ts';
import type { PartName } from '../vault/format/manifest.ts';
import { counted, emptyWarnings, kindCounts, objectCounts, referenceWarnings } from './manifest-counts.ts';

type Counts = Readonly<Record<string, number>>;

/** What a backup holds of a part. */
interface PartContent {
  readonly plain: readonly {
    readonly name: PartName;
    /** In pieces that follow each other. Hold secrets, if they are credentials. */
    readonly bytes: readonly Uint8Array[];
  }[];
  /** Counts by their names in a manifest, as the two that follow. */
  readonly objects: Counts;
  readonly credentials: Counts;
  readonly warnings: Counts;
  /** The first dangling references. */
  readonly references: readonly FoundReference[];
  readonly shape?: Shape;
}

interface ExportedPart extends PartContent {
  /** The bytes of the export. Holds secrets. */
  readonly exported: Buffer;
}

export interface ExportOptions {
  /** Names the parts to export. */
  readonly enrolment: Pick<Enrolment, 'parts' | 'workspaces' | 'blankClientSecrets'>;
  /** What to leave out. @default - nothing */
  readonly limits?: BackupLimits | undefined;
  /** Tells whether the others are worth a backup without a part that failed so. */
  readonly mayLack: (missing: MissingPart) => boolean;
  /** Parts whose state the caller needs as well. */
  readonly keep: ReadonlySet<TenantPart>;
  /** Whether the caller needs digests of the parts. */
  readonly digest: boolean;
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
  readonly exports: readonly PartContent[];
  /** The parts to keep, see `parseState`. Hold secrets. */
  readonly states: ReadonlyMap<TenantPart, Json>;
  /** By part, see `exportDigest`; of none unless asked for. */
  readonly digests: Readonly<Record<string, string>>;
  readonly missing: readonly MissingPart[];
}

/** Exports the parts of a tenant at the same time, so that they show the same moment as far as they can.
 * @throws CREDENTIALS_BLANK and the errors of `exportHub`, `exportSystem` and the clients; WORKSPACE_NOT_FOUND if the tenant
 *   lacks a workspace that the enrolment lists */
export async function exportTenant(tenant: Tenant, options: ExportOptions): Promise<ExportedTenant> {
  const { enrolment, limits, mayLack, keep, digest, fingerprintKey } = options;
  const parts = limits ? HUB_ALONE : TENANT_PARTS.filter((part) => enrolment.parts.includes(part));
  const exports: PartContent[] = [];
  const states = new Map<TenantPart, Json>();
  const digests: Record<string, string> = {};
  const missing: MissingPart[] = [];
  const settled = await Promise.allSettled(
    parts.map(async (part) => {
      const { exported, ...content } = await EXPORTS[part](tenant, options);
      if (digest) digests[part] = exportDigest(part, exported, fingerprintKey);
      if (keep.has(part)) states.set(part, parseState(part, exported));
      return content;
    }),
  );
  for (const [index, part] of parts.entries()) {
    const result = settled[index];
    if (result?.status === 'fulfilled') exports.push(result.value);
    else missing.push({ part, failure: toTenantBackupError(result?.reason) });
  }
  const needed = missing.find((each) => !mayLack(each)) ?? (exports.length === 0 ? missing[0] : undefined);
  if (needed !== undefined) throw needed.failure;
  return { exports, states, digests, missing };
}

/** A dump always shows credentials, and a selection names the objects of the hub. */
const HUB_ALONE: readonly TenantPart[] = ['hub'];

const EXPORTS: Readonly<
  Record<TenantPart, (tenant: Tenant, options: ExportOptions) => Promise<ExportedPart>>
> = {
  async hub({ hub }, options) {
    const { limits, retryTools } = options;
    if (!limits?.withoutCredentials) {
      return splitPart('hub', await exportHub(hub, retryTools, limits?.selection), options);
    }
    const part = splitPart('hub', await exportHubWithoutCredentials(hub, limits.selection), options);
    return { ...part, plain: part.plain.filter(({ name }) => name === 'hub.config') };
  },
  system: async (apis, options) =>
    splitPart('system', await exportSystem(apis, options.enrolment.workspaces), options),
  identity: async ({ identity }) => identityPart(await identity.exportDump()),
};

/** Assesses and writes a split export.
 * @throws CREDENTIALS_BLANK */
export function splitPart(
  part: 'hub' | 'system',
  { exported, config, credentials, placeOf, hidden, ...found }: SplitState,
  {
    enrolment: { blankClientSecrets },
    fingerprintKey,
  }: {
    readonly enrolment: Pick<Enrolment, 'blankClientSecrets'>;
    readonly fingerprintKey: Uint8Array;
  },
): ExportedPart {
  const warnings = {
    ...assessBlanks(found.blanks, blankClientSecrets),
    ...referenceWarnings(found.references),
    ...counted({ unmatched_selectors: found.unmatchedSelectors ?? 0 }),
  };
  return {
    exported,
    plain: [
      {
        name: `${part}.config`,
        bytes: writeConfigPart(config, credentials, fingerprintKey, { placeOf, hidden }),
      },
      { name: `${part}.credentials`, bytes: writeCredentialsPart(credentials) },
    ],
    objects: objectCounts(part, found.objects),
    credentials: kindCounts(part, found.counts),
    warnings: {
      ...kindCounts(part, warnings),
      // A selection tells nothing of what else the tenant holds.
      ...(found.unmatchedSelectors === undefined && emptyWarnings(part, found.objects)),
    },
    references: found.references.examples,
    ...(found.shape && { shape: found.shape }),
  };
}

/** Seals people's data as one part, unchanged: none of it is configuration. */
function identityPart(exported: Buffer): ExportedPart {
  const { objects, userCredentials } = validateIdentityDump(exported);
  const { total, blank } = userCredentials;
  if (total > 0 && blank === total) {
    throw new TenantBackupError(
      'CREDENTIALS_BLANK',
      `all ${total} credentials of users came back blank: the export is redacted`,
      { blank },
    );
  }
  return {
    exported,
    plain: [{ name: 'identity.credentials', bytes: [exported] }],
    objects: objectCounts('identity', objects),
    credentials: {},
    warnings: {
      ...kindCounts('identity', counted({ blank_user_credentials: blank })),
      ...emptyWarnings('identity', objects),
    },
    references: [],
  };
}
