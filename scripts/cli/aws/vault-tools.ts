import type { Command } from 'commander';
import type { VersionLocks } from '../../../functions/vault/retention/retention-locks.ts';
import { createKeptBackups, type KeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import { createVault, type Vault, type VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { type BackupOptions, parseBackupChoice } from '../ui/backup-options.ts';
import { globalOptions } from '../ui/output.ts';
import { type Deployment, openDeployment } from './deployment.client.ts';
import { type FindingTools, findBackup, historyOf } from './find-backup.ts';

/** What the verbs on backups work with. */
export interface VaultTools {
  readonly deployment: Deployment;
  readonly bucket: string;
  readonly vault: Vault;
  readonly kept: KeptBackups;
  readonly history: FindingTools['history'];
}

/** Connects to the vault of a deployment.
 * @param locks for new versions
 * @throws NOT_DEPLOYED */
export async function openVault(stack: string, locks?: VersionLocks): Promise<VaultTools> {
  const deployment = openDeployment(stack);
  const bucket = await deployment.output('vaultBucket');
  const { s3 } = deployment;
  return {
    deployment,
    bucket,
    vault: createVault(s3, bucket, locks),
    kept: createKeptBackups(s3, bucket),
    history: historyOf(deployment),
  };
}

/** Connects to the vault, and finds the backup that a person named.
 * @throws INVALID_REQUEST before any request, NO_BACKUP, BEFORE_FIRST_BACKUP, VERSION_NOT_FOUND, ID_AMBIGUOUS */
export async function openNamed(
  name: string,
  options: BackupOptions,
  command: Command,
): Promise<VaultTools & { version: VaultVersion }> {
  const reference = parseBackupChoice(name, options, command);
  const tools = await openVault(globalOptions(command).stack);
  return { ...tools, version: await findBackup(reference, tools) };
}
