import { type Command, Option } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import type { OutputName } from '../../../functions/runtime/names.ts';
import { IMPORT_MODES, type ImportMode } from '../../../functions/tenant/http/import-mode.ts';
import { createKeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import { createVault } from '../../../functions/vault/storage/vault.client.ts';
import { type BackupName, findBackup } from './choose-backup.ts';
import type { Deployment } from './deployment.ts';
import { invoke, isEndUnknown } from './invoke.client.ts';

/** How a restore treats what is there already. */
export interface WriteOptions {
  readonly mode: ImportMode;
  readonly credentials: 'restore' | 'keep';
}

export const withWriteOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--mode <mode>', 'objects that exist are overwritten, left, or make the whole fail')
        .choices(IMPORT_MODES)
        .default('update'),
    )
    .addOption(
      new Option(
        '--credentials <choice>',
        'credentials of objects that exist: as in the backup, or as they are',
      )
        .choices(['restore', 'keep'])
        .default('restore'),
    );

/** A backup as the functions' requests name it. The beginning of an id is looked up here: they take whole ones. */
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

type FunctionOutput = Extract<keyof typeof OutputName, `${string}Function`>;

/** Invoke a function of the deployment. */
export const call = async <Result>(
  deployment: Deployment,
  name: FunctionOutput,
  event: object,
): Promise<Result> => invoke<Result>(deployment.lambda, await deployment.output(name), event);

/** A function that writes, and whose end is unknown, may have left the tenant half way: repeating it blindly is the last thing to do.
 * What it answered itself says what is written.
 * @param look says how to find out */
export async function callToWrite<Result>(
  deployment: Deployment,
  name: FunctionOutput,
  event: object,
  look: string,
): Promise<Result> {
  try {
    return await call<Result>(deployment, name, event);
  } catch (error) {
    if (!isEndUnknown(error)) throw error;
    const { code, message, facts } = error;
    const consequence = code === 'AWS_UNAVAILABLE' ? 'it may go on in AWS' : 'the tenant may be half way';
    throw new TenantBackupError(
      code,
      `${message}; ${consequence}: look with ${look} before you repeat it`,
      facts,
      { cause: error },
    );
  }
}
