import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import { TIERS, type Tier } from '../runtime/names.ts';
import { contentTime, type Manifest } from '../vault/format/manifest.ts';
import type { KeptBackups } from '../vault/storage/kept-backups.client.ts';
import type { Vault, VaultVersion } from '../vault/storage/vault.client.ts';

/** Names one backup of a tenant. */
export interface BackupChoice {
  readonly tenant: string;
  /** A version of one of its archives, safety backups included. */
  readonly versionId?: string | undefined;
  /** The newest backup that the vault had at this time. */
  readonly asOf?: string | undefined;
  readonly tier?: Tier | undefined;
}

export interface ChoosingTools {
  readonly vault: Pick<Vault, 'listVersions'>;
  readonly keptBackups: Pick<KeptBackups, 'manifest'>;
}

/** Lists a tenant's backups in all tiers, or in one. */
export const listBackups = async (
  { tenant, tier }: Pick<BackupChoice, 'tenant' | 'tier'>,
  vault: Pick<Vault, 'listVersions'>,
): Promise<VaultVersion[]> =>
  (await Promise.all((tier ? [tier] : TIERS).map((each) => vault.listVersions(each, tenant)))).flat();

/** Chooses the version that a request means, among those listed. Functions and the command share it.
 *
 * A rewrapped backup is as old as the version that it comes from, and an adopted one as its export: otherwise it would become the
 * newest state. Of two seals, the newer wins, as the keys of the older one may be gone. Without `versionId`, safety backups do not
 * count: they hold the state that a restore was meant to leave. Nor do limited ones: only a person who names one means less than the
 * tenant.
 * @param versions of all tiers that the choice allows
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of reading a manifest */
export async function chooseAmong(
  versions: readonly VaultVersion[],
  { tenant, versionId, asOf, tier }: BackupChoice,
  keptBackups: Pick<KeptBackups, 'manifest'>,
): Promise<VaultVersion> {
  const where = tier === undefined ? '' : ` in tier ${tier}`;
  if (versionId !== undefined) {
    const named = versions.find((version) => version.versionId === versionId);
    if (named) return named;
    throw new TenantBackupError(
      'VERSION_NOT_FOUND',
      `versionId: tenant "${tenant}" has no version ${versionId}${where}`,
      { tenant, versionId, versions: versions.length },
    );
  }
  const candidates = versions
    .filter((version) => tier !== undefined || version.tier !== 'safety')
    .toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
  if (candidates.length === 0) {
    throw new TenantBackupError('NO_BACKUP', `tenant "${tenant}" has no backup${where}`, { tenant });
  }
  const latest = asOf === undefined ? Number.POSITIVE_INFINITY : Date.parse(asOf);
  let chosen: { readonly version: VaultVersion; readonly takenAt: number } | undefined;
  let oldest: VaultVersion | undefined;
  for (const version of candidates) {
    // The remaining versions are no newer.
    if (chosen && chosen.takenAt >= version.storedAt.getTime()) break;
    const manifest = await readManifest(version, keptBackups);
    if (manifest?.limits !== undefined) continue;
    oldest = version;
    const takenAt = takenAtOf(version, manifest, versions);
    if (takenAt <= latest && (!chosen || takenAt > chosen.takenAt)) chosen = { version, takenAt };
  }
  if (chosen) return chosen.version;
  if (oldest === undefined) {
    throw new TenantBackupError(
      'NO_BACKUP',
      `tenant "${tenant}" has no whole backup${where}: all ${candidates.length} leave out credentials or objects, name one by its id`,
      { tenant, limited: candidates.length },
    );
  }
  throw new TenantBackupError(
    'BEFORE_FIRST_BACKUP',
    `asOf must not be before the first backup of "${tenant}"${where} (${oldest.storedAt.toISOString()}), got ${asOf}`,
    { tenant, firstBackup: oldest.storedAt.toISOString() },
  );
}

/** Tells whether a choice failed because every backup of the tenant is a limited one. */
export const hasOnlyLimited = (error: unknown): boolean =>
  isTenantBackupError(error) && error.code === 'NO_BACKUP' && error.facts['limited'] !== undefined;

/** Returns when the tenant had the content of a version. */
function takenAtOf(
  { storedAt }: VaultVersion,
  manifest: Manifest | null,
  versions: readonly VaultVersion[],
): number {
  const time = manifest && contentTime(manifest);
  if (manifest === null || time === null) return storedAt.getTime();
  const origin = manifest.trigger === 'adopted' ? null : manifest.resealed;
  const listed = versions.find(({ versionId }) => versionId === origin?.versionId);
  // The manifest is not verified yet: it must not make a version newer than S3 says.
  return Math.min(storedAt.getTime(), listed?.storedAt.getTime() ?? Date.parse(time));
}

const UNREADABLE: readonly string[] = [
  'ARCHIVE_MALFORMED',
  'MANIFEST_MALFORMED',
  'FORMAT_UNSUPPORTED',
  'VERSION_NOT_FOUND',
  'BACKUP_ARCHIVED',
];

/** @returns null for an archive whose manifest cannot be read: if it is the one that is meant, opening it says why */
export async function readManifest(
  version: VaultVersion,
  keptBackups: Pick<KeptBackups, 'manifest'>,
): Promise<Manifest | null> {
  try {
    return await keptBackups.manifest(version);
  } catch (error) {
    if (isTenantBackupError(error) && UNREADABLE.includes(error.code)) return null;
    throw error;
  }
}
