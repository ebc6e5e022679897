import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { listBackups } from '../../../../functions/state/choose-backup.ts';
import { showBytes } from '../../../../functions/units.ts';
import { verifyArchive } from '../../../../functions/vault/format/archive.ts';
import { purposeOf } from '../../../../functions/vault/format/key-purpose.ts';
import type { Manifest } from '../../../../functions/vault/format/manifest.ts';
import { trustedKeysOf } from '../../../../functions/vault/keys/key-registry.ts';
import { versionLocks } from '../../../../functions/vault/retention/retention-locks.ts';
import { parseRetentionPolicy } from '../../../../functions/vault/retention/retention-policy.ts';
import type { Vault } from '../../../../functions/vault/storage/vault.client.ts';
import { arnOfCaller } from '../../aws/caller.client.ts';
import { openKeyTools } from '../../aws/key-tools.ts';
import { openVault } from '../../aws/vault-tools.ts';
import { tierOption } from '../../ui/backup-options.ts';
import { readBytes } from '../../ui/files.ts';
import { globalOptions, note, print, yellow } from '../../ui/output.ts';
import { showTime } from '../../ui/times.ts';
import { type ExportOptions, uploadExport } from './upload-export.ts';

interface UploadOptions extends ExportOptions {
  readonly export?: string;
  readonly asNewest?: boolean;
}

/** `upload`: stores an archive file in the vault, also of another account, or an export that was saved by hand. */
export function registerUpload(program: Command): void {
  program
    .command('upload')
    .description(
      'store an archive that a trusted key signed as a new version, or seal and store an export that was saved by hand',
    )
    .argument('[file]', 'archive file, as downloaded from a vault')
    .addOption(
      tierOption(
        'tier; restores use a backup in safety only by its id (default: safety, of an export manual)',
      ),
    )
    .option('--tenant <name>', 'refuse the archive of any other tenant; the tenant of an export')
    .option('--as-newest', 'let restores without an id use it, although the vault has later backups')
    .option('--export <file>', 'tree with credentials, or dump, as SecureAuth answered it')
    .option('--as-of <time>', 'when the export was made, such as "2 days ago"')
    .option('--workspace <id>', 'the workspace of an export that does not hold its id')
    .option('--escrow-public-key <file>', 'seal an export for this escrow key as well')
    .action(async (file: string | undefined, options: UploadOptions, command: Command) => {
      const { export: saved, asNewest, asOf, workspace, escrowPublicKey } = options;
      if ((file === undefined) === (saved === undefined)) {
        throw new TenantBackupError('INVALID_REQUEST', 'one archive file or --export must be given');
      }
      const ofExports = { asOf, workspace, escrowPublicKey };
      if (saved !== undefined) {
        refuseOptions('--export', { asNewest });
        return uploadExport(saved, options, command);
      }
      refuseOptions('an archive file', ofExports);
      return uploadArchive(file as string, options, command);
    });
}

/** Refuses options that have no meaning here.
 * @throws INVALID_REQUEST */
function refuseOptions(where: string, options: Readonly<Record<string, unknown>>): void {
  const [given] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (given === undefined) return;
  const flag = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new TenantBackupError('INVALID_REQUEST', `--${flag} must not be given with ${where}`);
}

async function uploadArchive(
  file: string,
  { tier = 'safety', tenant: expected, asNewest }: UploadOptions,
  command: Command,
): Promise<void> {
  const bytes = await readBytes(file);
  const { stack } = globalOptions(command);
  const { deployment, registry, trustedSigners } = await openKeyTools(stack);
  const { manifest } = await verifyArchive(bytes, trustedSigners);
  const { tenant, backupId, scheduledTime } = manifest;
  if (expected !== undefined && expected !== tenant) {
    throw new TenantBackupError(
      'CONTEXT_MISMATCH',
      `tenant must be "${expected}", the manifest says "${tenant}"`,
      { tenant },
    );
  }
  const policy = parseRetentionPolicy(await deployment.output('retention'), 'output Retention');
  const { vault } = await openVault(
    stack,
    versionLocks(policy.objectLock, () => new Date()),
  );
  const uploadedBy = await arnOfCaller(deployment.sts);
  if (tier !== 'safety' && !asNewest) await refuseOvertaking(manifest, vault);
  const untrustedParts = partsWithoutKey(manifest, trustedKeysOf(await registry.list(), tenant));
  const { versionId } = await vault.put(tier, tenant, bytes, scheduledTime, { uploadedBy });
  print(
    command,
    { tenant, tier, versionId, backupId, sizeBytes: bytes.byteLength, untrustedParts, uploadedBy },
    `stored ${backupId} of ${tenant} in ${tier} as ${versionId} (${showBytes(bytes.byteLength)})`,
  );
  if (untrustedParts.length > 0) {
    note(
      command,
      yellow(
        `no backup key of this deployment opens ${untrustedParts.join(', ')}: restores refuse it until keys add names the key, or rewrap seals it again`,
      ),
    );
  }
}

/** Refuses an old backup that would become the newest: restores choose by the time at which S3 stored a version.
 * @throws INVALID_REQUEST */
async function refuseOvertaking({ tenant, scheduledTime, trigger }: Manifest, vault: Vault): Promise<void> {
  // An adopted backup is as old as its export, wherever it lies.
  if (trigger === 'adopted') return;
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
