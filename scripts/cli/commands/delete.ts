import type { Command } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { createRetentionClient, type KeyHistory } from '../../../functions/vault/storage/retention.client.ts';
import type { VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { deleteVersion } from '../aws/delete-version.client.ts';
import { openNamed } from '../aws/vault-tools.ts';
import { commandText } from '../ui/command-text.ts';
import { requireTyped } from '../ui/confirm.ts';
import { print } from '../ui/output.ts';
import { showTime, showTimeAndAge } from '../ui/times.ts';

/** `delete`: deletes one backup permanently. */
export function registerDelete(program: Command): void {
  program
    .command('delete')
    .description('delete one backup permanently; locks, legal holds and the bucket policy may forbid it')
    .argument('<backup>', '<tenant>@<beginning of a version id or backup id>')
    .option('--confirm <version-id>', 'the whole version id (default: ask)')
    .action(async (name: string, options: { confirm?: string }, command: Command) => {
      if (!name.includes('@')) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          `backup must be <tenant>@<id> for a deletion, got "${name.slice(0, 200)}"`,
        );
      }
      const { deployment, bucket, version } = await openNamed(name, {}, command);
      const { tenant, tier, versionId } = version;
      const histories = await createRetentionClient(deployment.s3, bucket).listHistories(tenant);
      refuseProtected(version, histories, new Date());
      const what = `the ${tier} backup of ${tenant} stored ${showTimeAndAge(version.storedAt, new Date())}`;
      await requireTyped(
        `This permanently deletes ${what}. Type ${versionId} to continue:`,
        versionId,
        options.confirm,
        '--confirm <version-id>',
      );
      await deleteVersion(version, deployment.s3, bucket);
      print(
        command,
        { tenant, tier, versionId, deleted: true },
        `deleted ${versionId} of ${vaultKey(tier, tenant)}`,
      );
    });
}

/** Refuses a protected backup before the question, as S3 would after it.
 * @throws BACKUP_PROTECTED if a lock or a legal hold protects it */
function refuseProtected(
  { tenant, tier, versionId }: Pick<VaultVersion, 'tenant' | 'tier' | 'versionId'>,
  histories: readonly KeyHistory[],
  now: Date,
): void {
  const entry = histories
    .find((history) => history.tier === tier && history.tenant === tenant)
    ?.entries.find((each) => each.versionId === versionId);
  const because = entry?.held
    ? `it has a legal hold (${commandText('release')} ends it)`
    : entry?.lockedUntil && entry.lockedUntil > now
      ? `it is locked until ${showTime(entry.lockedUntil)}`
      : null;
  if (because === null) return;
  throw new TenantBackupError('BACKUP_PROTECTED', `version ${versionId} cannot be deleted: ${because}`, {
    tenant,
    versionId,
  });
}
