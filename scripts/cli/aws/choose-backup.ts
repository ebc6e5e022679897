import { type Command, Option } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import { TIERS, type Tier } from '../../../functions/runtime/names.ts';
import { chooseAmong, listBackups } from '../../../functions/state/choose-backup.ts';
import { isTenantName } from '../../../functions/vault/format/layout.ts';
import type { KeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import type { Vault, VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { readPastTime } from '../ui/past-time.ts';
import { findByPrefix } from '../ui/short-ids.ts';
import { showTime } from '../ui/times.ts';

/** One backup, as a person names it. */
export interface BackupName {
  readonly tenant: string;
  /** Beginning of a version id or of a backup id. @default - the newest, safety backups aside */
  readonly id?: string;
  readonly asOf?: Date;
  readonly tier?: Tier;
}

export interface BackupOptions {
  readonly asOf?: string;
  readonly tier?: Tier;
}

export const tierOption = (description: string): Option =>
  new Option('--tier <tier>', description).choices(TIERS);

/** Let a verb be told which backup it is for. */
export const withBackup = (command: Command): Command =>
  command
    .argument('<backup>', '<tenant> for its newest one, or <tenant>@<beginning of a version id or backup id>')
    .option('--as-of <time>', 'the newest that there was at this time, such as yesterday or "2 h ago"')
    .addOption(tierOption('only of this tier (default: all but safety)'));

/** Judge the name of a backup.
 * @throws INVALID_REQUEST */
export function parseBackupName(name: string): BackupName {
  const at = name.indexOf('@');
  const tenant = at < 0 ? name : name.slice(0, at);
  const id = at < 0 ? undefined : name.slice(at + 1);
  if (!isTenantName(tenant) || id === '') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `backup must be <tenant> or <tenant>@<id>, or a file that exists where files are taken, got "${name.slice(0, 200)}"`,
    );
  }
  return { tenant, ...(id === undefined ? {} : { id }) };
}

/** Judge what `withBackup` lets people say, and say what a time was taken for.
 * @throws INVALID_REQUEST */
export function parseBackupChoice(name: string, { asOf, tier }: BackupOptions, command: Command): BackupName {
  const named = parseBackupName(name);
  if (named.id !== undefined && asOf !== undefined) {
    throw new TenantBackupError('INVALID_REQUEST', 'at most one of an id and --as-of may be given');
  }
  return {
    ...named,
    ...(asOf === undefined ? {} : { asOf: readPastTime(asOf, '--as-of', 'end', command) }),
    ...(tier === undefined ? {} : { tier }),
  };
}

/** What a backup is looked for in. */
export interface FindingTools {
  readonly vault: Pick<Vault, 'listVersions'>;
  readonly kept: Pick<KeptBackups, 'manifest'>;
}

/** Finds it in the vault; needs `s3:ListBucketVersions` and `s3:GetObjectVersion`.
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

/** The same backup may lie in several tiers: any of them is it. */
async function findByBackupId(
  id: string,
  versions: readonly VaultVersion[],
  kept: Pick<KeptBackups, 'manifest'>,
  tenant: string,
): Promise<VaultVersion> {
  const notFound = (): never => {
    throw new TenantBackupError(
      'VERSION_NOT_FOUND',
      `tenant "${tenant}" has no backup whose id begins with ${id}`,
      {
        tenant,
        versions: versions.length,
      },
    );
  };
  if (!/^\d{8}(T|$)/.test(id)) return notFound();
  const manifests = await mapLimited(versions, 16, async (version) => ({
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
