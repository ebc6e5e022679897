import type { Command } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import type { Tier } from '../../../functions/runtime/names.ts';
import { listBackups } from '../../../functions/state/choose-backup.ts';
import { showBytes } from '../../../functions/units.ts';
import { verifyArchive } from '../../../functions/vault/format/archive.ts';
import { purposeOf } from '../../../functions/vault/format/key-purpose.ts';
import type { Manifest } from '../../../functions/vault/format/manifest.ts';
import { trustedKeysOf } from '../../../functions/vault/keys/key-registry.ts';
import { versionLocks } from '../../../functions/vault/retention/retention-locks.ts';
import { parseRetentionPolicy } from '../../../functions/vault/retention/retention-policy.ts';
import type { Vault } from '../../../functions/vault/storage/vault.client.ts';
import { openKeyTools } from '../aws/key-tools.ts';
import { openVault } from '../aws/vault-tools.ts';
import { tierOption } from '../ui/backup-options.ts';
import { readBytes } from '../ui/files.ts';
import { globalOptions, note, print, yellow } from '../ui/output.ts';
import { showTime } from '../ui/times.ts';

interface UploadOptions {
  readonly tier: Tier;
  readonly tenant?: string;
  readonly asNewest?: boolean;
}

/** `upload`: stores an archive file in the vault, also of another account. */
export function registerUpload(program: Command): void {
  program
    .command('upload')
    .description('store an archive file in the vault as a new version, if a trusted key signed it')
    .argument('<file>', 'archive file, as downloaded from a vault')
    .addOption(tierOption('tier; restores use a backup in safety only by its id').default('safety'))
    .option('--tenant <name>', 'refuse the archive of any other tenant')
    .option('--as-newest', 'let restores without an id use it, although the vault has later backups')
    .action(async (file: string, options: UploadOptions, command: Command) => {
      const bytes = await readBytes(file);
      const { stack } = globalOptions(command);
      const { deployment, registry, trustedSigners } = await openKeyTools(stack);
      const { manifest } = await verifyArchive(bytes, trustedSigners);
      const { tenant, backupId, scheduledTime } = manifest;
      if (options.tenant !== undefined && options.tenant !== tenant) {
        throw new TenantBackupError(
          'CONTEXT_MISMATCH',
          `tenant must be "${options.tenant}", the manifest says "${tenant}"`,
          { tenant },
        );
      }
      const policy = parseRetentionPolicy(await deployment.output('retention'), 'output Retention');
      const { vault } = await openVault(
        stack,
        versionLocks(policy.objectLock, () => new Date()),
      );
      if (options.tier !== 'safety' && !options.asNewest) await refuseOvertaking(manifest, vault);
      const untrustedParts = partsWithoutKey(manifest, trustedKeysOf(await registry.list(), tenant));
      const { versionId } = await vault.put(options.tier, tenant, bytes, scheduledTime);
      print(
        command,
        { tenant, tier: options.tier, versionId, backupId, sizeBytes: bytes.byteLength, untrustedParts },
        `stored ${backupId} of ${tenant} in ${options.tier} as ${versionId} (${showBytes(bytes.byteLength)})`,
      );
      if (untrustedParts.length > 0) {
        note(
          command,
          yellow(
            `no backup key of this deployment opens ${untrustedParts.join(', ')}: restores refuse it until keys add names the key, or rewrap seals it again`,
          ),
        );
      }
    });
}

/** Refuses an old backup that would become the newest: restores choose by the time at which S3 stored a version.
 * @throws INVALID_REQUEST */
async function refuseOvertaking({ tenant, scheduledTime }: Manifest, vault: Vault): Promise<void> {
  const stored = await listBackups({ tenant }, vault);
  const later = stored.find(({ tier, storedAt }) => tier !== 'safety' && storedAt > new Date(scheduledTime));
  if (!later) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `the vault has a later backup of "${tenant}" (${showTime(later.storedAt)}), which this one of ${showTime(new Date(scheduledTime))} would replace as the newest: use --tier safety, or add --as-newest`,
    { tenant },
  );
}

/** Returns the parts that no backup key of this deployment opens. */
const partsWithoutKey = ({ parts }: Manifest, trusted: ReturnType<typeof trustedKeysOf>): string[] =>
  parts
    .filter(
      ({ name, recipients }) =>
        !recipients.some(
          (recipient) => recipient.type === 'kms' && trusted[purposeOf(name)].includes(recipient.keyArn),
        ),
    )
    .map(({ name }) => name);
