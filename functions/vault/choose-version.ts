import { TenantBackupError } from '../errors.ts';
import type { Tier } from '../runtime/names.ts';
import type { VaultVersion } from './vault.client.ts';

/** Which of a tenant's backups is meant. */
export interface BackupChoice {
  readonly tenant: string;
  /** A version of one of its archives, safety backups included. */
  readonly versionId?: string | undefined;
  /** The newest backup that the vault had at this time. */
  readonly asOf?: string | undefined;
  readonly tier?: Tier | undefined;
}

/** The version that a request means. Without `versionId`, safety backups do not count: they hold the state that a
 * restore was meant to leave.
 * @param versions of all tiers that the request allows
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP */
export function chooseVersion(
  versions: readonly VaultVersion[],
  { tenant, versionId, asOf, tier }: BackupChoice,
): VaultVersion {
  const where = tier === undefined ? '' : ` in tier ${tier}`;
  if (versionId !== undefined) {
    const named = versions.find((version) => version.versionId === versionId);
    if (named) return named;
    throw new TenantBackupError(
      'VERSION_NOT_FOUND',
      `versionId: tenant "${tenant}" has no version ${versionId}${where}`,
      {
        tenant,
        versionId,
        versions: versions.length,
      },
    );
  }
  const candidates = versions
    .filter((version) => tier !== undefined || version.tier !== 'safety')
    .toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
  const oldest = candidates.at(-1);
  if (oldest === undefined) {
    throw new TenantBackupError('NO_BACKUP', `tenant "${tenant}" has no backup${where}`, { tenant });
  }
  const chosen = candidates.find((version) => asOf === undefined || version.storedAt <= new Date(asOf));
  if (chosen) return chosen;
  throw new TenantBackupError(
    'BEFORE_FIRST_BACKUP',
    `asOf must not be before the first backup of "${tenant}"${where} (${oldest.storedAt.toISOString()}), got ${asOf}`,
    { tenant, firstBackup: oldest.storedAt.toISOString() },
  );
}
