import type { Json } from '../config/json/json-value.ts';
import type { FoundReference } from '../config/references/reference-check.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Tier } from '../runtime/names.ts';
import { SOFTWARE_VERSION } from '../runtime/version.ts';
import { type BackupLimits, manifestLimits } from '../state/limits.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import { type Enrolment, issuerOf } from '../tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import { sealBackup } from '../vault/backup-archive.ts';
import { missingWarning } from '../vault/format/documents.ts';
import { extentOf } from '../vault/format/extent.ts';
import { purposeOf } from '../vault/format/key-purpose.ts';
import { type Manifest, toInstant } from '../vault/format/manifest.ts';
import type { CalendarTier } from '../vault/retention/calendar.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import { settingsDigest } from './check-record.ts';
import { type ExportedTenant, exportTenant, type MissingPart } from './export-tenant.ts';
import { dueTiers, promote } from './promote.ts';

/** The clients that taking a backup needs. */
export type BackupTools = Pick<
  Clients,
  | 'vault'
  | 'retention'
  | 'sealer'
  | 'signer'
  | 'fingerprintKeys'
  | 'keys'
  | 'now'
  | 'randomHex'
  | 'retryTools'
>;

/** The clients that sealing an export needs. */
export type SealingTools = Pick<BackupTools, 'sealer' | 'signer' | 'keys' | 'randomHex'>;

/** Names the tenant and the tier of a backup. */
export interface BackupTarget {
  readonly tenant: string;
  readonly tier: Tier;
  /** RFC 3339 in UTC, to the second. */
  readonly scheduledTime: string;
  /** @default - none */
  readonly description?: string | undefined;
  /** What the backup leaves out. @default - nothing */
  readonly limits?: BackupLimits | undefined;
  /** Names the parts, and the keys. */
  readonly enrolment: Enrolment;
  readonly apis: Tenant;
}

export interface BackupOptions {
  /** Tells whether the other parts are stored without one whose export failed so. @default - never */
  readonly mayLack?: (missing: MissingPart) => boolean;
  /** Parts whose state the caller needs as well. @default - none */
  readonly keep?: ReadonlySet<TenantPart>;
  /** Whether the caller compares the export with an earlier one. @default false */
  readonly digest?: boolean;
}

/** What a backup is made of. Holds secrets. */
export interface ExportedBackup extends ExportedTenant {
  /** When the export began. */
  readonly exportedAt: Date;
  /** Whether a person made and saved the export. @default false */
  readonly adopted?: boolean;
  /** The newest version of the same tier. */
  readonly previous: VaultVersion | undefined;
}

/** A sealed and signed backup. */
export interface MadeBackup {
  readonly manifest: Manifest;
  /** The archive. */
  readonly bytes: Uint8Array;
  /** The first dangling references; the manifest's warnings count all. */
  readonly references: readonly FoundReference[];
  /** Parts that it lacks; the manifest's warnings name them. */
  readonly missing: readonly MissingPart[];
  /** The parts to keep, as the backup holds them. Hold secrets. */
  readonly states: ReadonlyMap<TenantPart, Json>;
}

/** A backup that the vault has. */
export interface TakenBackup extends Omit<MadeBackup, 'bytes'> {
  readonly versionId: string;
  readonly sizeBytes: number;
  /** Tiers that got a copy, because it is their first backup of this week, month or year. */
  readonly promoted: readonly CalendarTier[];
}

/** Takes one backup, as one new version in the vault: exports, seals, signs and puts.
 * @throws the errors of `makeBackup` and `storeBackup` */
export const takeBackup = async (
  target: BackupTarget,
  options: BackupOptions,
  tools: BackupTools,
): Promise<TakenBackup> => storeBackup(target, await makeBackup(target, options, tools), tools);

/** Exports a tenant, and seals and signs the export.
 * @throws the errors of `exportBackup` and `sealExport` */
export async function makeBackup(
  target: BackupTarget,
  options: BackupOptions,
  tools: BackupTools,
): Promise<MadeBackup> {
  const fingerprintKey = await tools.fingerprintKeys.derive(target.tenant);
  return sealExport(target, await exportBackup(target, options, fingerprintKey, tools), tools);
}

/** Exports what a backup is made of.
 * @param fingerprintKey 32 bytes, the tenant's own
 * @throws the errors of `exportTenant` and `Vault.listVersions` */
export async function exportBackup(
  target: BackupTarget,
  { mayLack = () => false, keep = new Set(), digest = false }: BackupOptions,
  fingerprintKey: Uint8Array,
  tools: BackupTools,
): Promise<ExportedBackup> {
  const { tenant, tier, enrolment, limits, apis } = target;
  const exportedAt = tools.now();
  const [exported, [previous]] = await Promise.all([
    exportTenant(apis, {
      enrolment,
      limits,
      fingerprintKey,
      retryTools: tools.retryTools,
      mayLack,
      keep,
      digest,
    }),
    tools.vault.listVersions(tier, tenant),
  ]);
  const settings = digest ? { settings: settingsDigest(settingsOf(target, tools), fingerprintKey) } : {};
  return { ...exported, digests: { ...exported.digests, ...settings }, exportedAt, previous };
}

/** Returns what shapes a backup beside the state of the tenant. */
const settingsOf = ({ enrolment, limits }: BackupTarget, tools: BackupTools): Record<string, Json> => ({
  software: SOFTWARE_VERSION,
  issuer: issuerOf(enrolment),
  parts: enrolment.parts,
  workspaces: enrolment.workspaces ?? null,
  limits: limits ? JSON.stringify(manifestLimits(limits)) : null,
  keys: keysOf(enrolment, tools),
  escrow: tools.sealer.escrow,
});

/** Returns the keys of the enrolment, or of the deployment where it names none. */
const keysOf = ({ keys }: Pick<Enrolment, 'keys'>, tools: Pick<BackupTools, 'keys'>) => ({
  configuration: keys?.configuration ?? tools.keys.configuration,
  credentials: keys?.credentials ?? tools.keys.credentials,
});

/** Seals and signs an export.
 * @throws the errors of `sealBackup` */
export async function sealExport(
  { tenant, tier, scheduledTime, description, limits, enrolment }: Omit<BackupTarget, 'apis'>,
  { exports, states, missing, exportedAt, previous, adopted = false }: ExportedBackup,
  tools: SealingTools,
): Promise<MadeBackup> {
  const keys = keysOf(enrolment, tools);
  const { manifest, bytes } = await sealBackup(
    {
      tenant,
      backupId: `${scheduledTime.replaceAll(/[-:]/g, '')}-${tools.randomHex()}`,
      scheduledTime,
      exportedAt: toInstant(exportedAt),
      trigger: adopted ? 'adopted' : tier === 'manual' || tier === 'safety' ? tier : 'schedule',
      tier,
      ...(description !== undefined && { description }),
      ...(limits && { limits: manifestLimits(limits) }),
      source: {
        issuer: new URL(issuerOf(enrolment)).href,
        shape: exports.find(({ shape }) => shape !== undefined)?.shape ?? 'tenant',
      },
      software: { name: 'tenant-backup', version: SOFTWARE_VERSION },
      previous: previous ? { versionId: previous.versionId, etag: previous.etag } : null,
      resealed: null,
      objects: together(exports.map(({ objects }) => objects)),
      credentials: together(exports.map(({ credentials }) => credentials)),
      warnings: together([
        ...exports.map(({ warnings }) => warnings),
        ...missing.map(({ part }) => ({ [missingWarning(part)]: 1 })),
      ]),
    },
    exports.flatMap(({ plain }) =>
      plain.map(({ name, bytes: pieces }) => ({ name, plain: pieces, keyArn: keys[purposeOf(name)] })),
    ),
    tools,
  );
  const references = exports.flatMap((each) => each.references);
  return { manifest, bytes, references, missing, states };
}

/** Puts a backup into the vault, and copies of it into the tiers that are due, unless it is incomplete.
 * @throws the errors of `Vault` and `dueTiers`; then nothing is stored, except copies in other tiers if the last put fails */
export async function storeBackup(
  target: Pick<BackupTarget, 'tenant' | 'tier' | 'scheduledTime'>,
  { bytes, ...made }: MadeBackup,
  { vault, retention }: Pick<BackupTools, 'vault' | 'retention'>,
): Promise<TakenBackup> {
  const { tenant, tier, scheduledTime } = target;
  const extent = extentOf(made.manifest);
  const promoted =
    extent === 'incomplete' ? [] : await dueTiers({ ...target, extent }, retention.promote, vault);
  await promote({ tenant, scheduledTime, bytes, extent }, promoted, vault);
  const { versionId } = await vault.put(tier, tenant, bytes, scheduledTime, extent);
  return { ...made, versionId, sizeBytes: bytes.byteLength, promoted };
}

/** Merges counts; the exports use different names. */
const together = (counts: readonly Readonly<Record<string, number>>[]): Record<string, number> =>
  Object.assign({}, ...counts);
