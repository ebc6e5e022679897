import type { TenantHistory } from '../../../functions/audit/history.ts';
import { flagsOfVersion } from '../../../functions/audit/mark-flags.ts';
import { createReportStore } from '../../../functions/audit/report-store.client.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import { chooseAmong, listBackups } from '../../../functions/state/choose-backup.ts';
import { createKeptBackups, type KeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import { createVault, type Vault, type VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { type BackupName, GOOD } from '../ui/backup-options.ts';
import { findByPrefix } from '../ui/short-ids.ts';
import { showTime } from '../ui/times.ts';
import type { Deployment } from './deployment.client.ts';
import { ledgerProofs } from './open-ledger.client.ts';

/** Where `findBackup` searches. */
export interface FindingTools {
  readonly vault: Pick<Vault, 'listVersions'>;
  readonly kept: Pick<KeptBackups, 'manifest'>;
  /** The audit's history of a tenant. */
  readonly history: (tenant: string) => Promise<TenantHistory | null>;
}

/** Connects to the vault and to the audit's histories. */
export async function findingTools({ s3, kms, output }: Deployment): Promise<FindingTools> {
  const bucket = await output('vaultBucket');
  return {
    vault: createVault(s3, bucket),
    kept: createKeptBackups(s3, bucket),
    history: historyOf({ s3, kms, output }),
  };
}

/** Reads the audit's history of a tenant; needs `s3:GetObject` on the ledger's `reports/`, and `kms:GetPublicKey`. */
export const historyOf =
  (deployment: Pick<Deployment, 's3' | 'kms' | 'output'>): FindingTools['history'] =>
  async (tenant) => {
    const [bucket, proofs] = [await deployment.output('ledgerBucket'), await ledgerProofs(deployment)];
    const store = createReportStore(deployment.s3, bucket, proofs, () => new Date());
    return (await store.readHistory(tenant)).content;
  };

/** Finds a backup in the vault by the name that a person typed; needs `s3:ListBucketVersions` and `s3:GetObjectVersion`.
 * @throws NO_BACKUP, BEFORE_FIRST_BACKUP, VERSION_NOT_FOUND, ID_AMBIGUOUS */
export async function findBackup(
  { tenant, id, asOf, tier }: BackupName,
  { vault, kept, history }: FindingTools,
): Promise<VaultVersion> {
  const versions = await listBackups({ tenant, tier }, vault);
  if (id === GOOD && versions.length > 0) {
    return chooseAmong(await goodOnes(versions, tenant, history), { tenant, tier }, kept);
  }
  if (id === undefined || versions.length === 0) {
    return chooseAmong(versions, { tenant, tier, asOf: asOf?.toISOString() }, kept);
  }
  const named = findByPrefix(id, versions, ({ versionId }) => versionId, describeVersion);
  return named ?? findByBackupId(id, versions, kept, tenant);
}

/** Returns the backups that the audit has opened and not flagged.
 * @throws NO_BACKUP */
async function goodOnes(
  versions: readonly VaultVersion[],
  tenant: string,
  history: FindingTools['history'],
): Promise<VaultVersion[]> {
  const known = await history(tenant);
  const good = versions.filter((version) => known && flagsOfVersion(known, version)?.length === 0);
  if (good.some(({ tier }) => tier !== 'safety')) return good;
  throw new TenantBackupError(
    'NO_BACKUP',
    `no audit has found one of the ${versions.length} backups of "${tenant}" good`,
    { tenant, versions: versions.length },
  );
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

/** A backup in a request to a function. */
export interface BackupFields {
  readonly versionId?: string;
  readonly asOf?: string;
  readonly tier?: string;
}

/** Returns the fields that name a backup in a request to a function. Resolves the beginning of an id, as functions take
 * whole ids only. */
export async function backupFields(name: BackupName, deployment: Deployment): Promise<BackupFields> {
  if (name.id === undefined) return fieldsWithoutId(name);
  const { versionId } = await findBackup(name, await findingTools(deployment));
  return { versionId };
}

/** Returns the fields of a backup that the function chooses. */
export const fieldsWithoutId = ({ asOf, tier }: Pick<BackupName, 'asOf' | 'tier'>): BackupFields => ({
  ...(tier !== undefined && { tier }),
  ...(asOf && { asOf: asOf.toISOString() }),
});
