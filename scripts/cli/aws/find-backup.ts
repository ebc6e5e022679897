import { TenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import { chooseAmong, listBackups } from '../../../functions/state/choose-backup.ts';
import { createKeptBackups, type KeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import { createVault, type Vault, type VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import type { BackupName } from '../ui/backup-options.ts';
import { findByPrefix } from '../ui/short-ids.ts';
import { showTime } from '../ui/times.ts';
import type { Deployment } from './deployment.client.ts';

/** Where `findBackup` searches. */
export interface FindingTools {
  readonly vault: Pick<Vault, 'listVersions'>;
  readonly kept: Pick<KeptBackups, 'manifest'>;
}

/** Finds a backup in the vault by the name that a person typed; needs `s3:ListBucketVersions` and `s3:GetObjectVersion`.
 * @throws NO_BACKUP, BEFORE_FIRST_BACKUP, VERSION_NOT_FOUND, ID_AMBIGUOUS */
export async function findBackup(
  { tenant, id, asOf, tier }: BackupName,
  { vault, kept }: FindingTools,
): Promise<VaultVersion> {
  const versions = await listBackups({ tenant, tier }, vault);
  if (id === undefined || versions.length === 0) {
    return chooseAmong(versions, { tenant, tier, asOf: asOf?.toISOString() }, kept);
  }
  const named = findByPrefix(id, versions, ({ versionId }) => versionId, describeVersion);
  return named ?? findByBackupId(id, versions, kept, tenant);
}

/** Finds a backup by its backup id. The same backup may lie in several tiers; the version that was stored first is no replay. */
async function findByBackupId(
  id: string,
  versions: readonly VaultVersion[],
  kept: Pick<KeptBackups, 'manifest'>,
  tenant: string,
): Promise<VaultVersion> {
  const notFound = (): never => {
    throw new TenantBackupError(
      'VERSION_NOT_FOUND',
      `tenant "${tenant}" has no backup with an id that begins with ${id}`,
      {
        tenant,
        versions: versions.length,
      },
    );
  };
  if (!/^\d{8}(T|$)/.test(id)) return notFound();
  const oldestFirst = versions.toSorted((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
  const manifests = await mapLimited(oldestFirst, 16, async (version) => ({
    version,
    backupId: (await kept.manifest(version)).backupId,
  }));
  const unique = [...Map.groupBy(manifests, ({ backupId }) => backupId).values()].flatMap(
    ([first]) => first ?? [],
  );
  const found = findByPrefix(
    id,
    unique,
    ({ backupId }) => backupId,
    ({ backupId }) => backupId,
  );
  return found?.version ?? notFound();
}

const describeVersion = ({ versionId, tier, storedAt }: VaultVersion): string =>
  `${versionId} (${tier}, ${showTime(storedAt)})`;

/** Returns the fields that name a backup in a request to a function. Resolves the beginning of an id, as functions take
 * whole ids only. */
export async function backupFields(
  { id, asOf, tier, tenant }: BackupName,
  deployment: Deployment,
): Promise<{ versionId?: string; asOf?: string; tier?: string }> {
  const place = tier === undefined ? {} : { tier };
  if (id === undefined) return { ...place, ...(asOf && { asOf: asOf.toISOString() }) };
  const bucket = await deployment.output('vaultBucket');
  const version = await findBackup({ tenant, id, ...place } as BackupName, {
    vault: createVault(deployment.s3, bucket),
    kept: createKeptBackups(deployment.s3, bucket),
  });
  return { versionId: version.versionId };
}
