import type { Command } from 'commander';
import type { KeyPurpose } from '../../../../functions/runtime/names.ts';
import type { BackupKey } from '../../../../functions/vault/keys/key-registry.ts';
import { createKeptBackups } from '../../../../functions/vault/storage/kept-backups.client.ts';
import type { KeyRotation } from '../../aws/key-administration.client.ts';
import { type KeyTools, openKeyTools } from '../../aws/key-tools.ts';
import { globalOptions, print, table } from '../../ui/output.ts';
import { type KeyUsage, keyUsages, readKeptBackups, usageName } from './key-usage.ts';

/** A key, as `keys list` shows it. */
export interface ListedKey {
  readonly purpose: KeyPurpose;
  readonly labels: readonly string[];
  readonly tenant: string | null;
  readonly isDefault: boolean;
  /** False for a key that sealed backups but is no backup key any more; restores refuse them. */
  readonly isBackupKey: boolean;
  readonly state: string;
  readonly deletionTime: Date | null;
  readonly rotation: KeyRotation | null;
  /** Backups with a part sealed by it; null if not counted. */
  readonly backups: number | null;
  readonly keyArn: string;
}

/** `keys list`: lists the backup keys. */
export function registerKeysList(keys: Command): void {
  keys
    .command('list')
    .description('list the backup keys, and how many backups each of them seals')
    .option('--no-count', 'do not count backups')
    .action(async (options: { count: boolean }, command: Command) => {
      const tools = await openKeyTools(globalOptions(command).stack);
      const listed = await listKeys(tools, options.count ? await usagesOf(tools) : null);
      print(command, listed, keysText(listed));
    });
}

const usagesOf = async ({ deployment }: KeyTools): Promise<KeyUsage[]> =>
  keyUsages(await readKeptBackups(createKeptBackups(deployment.s3, await deployment.output('vaultBucket'))));

async function listKeys(
  { registry, administration }: KeyTools,
  usages: KeyUsage[] | null,
): Promise<ListedKey[]> {
  const registered = (await registry.list()).map((key) => ({ ...key, isBackupKey: true }));
  const names = new Set(registered.map(usageName));
  const others = (usages ?? [])
    .filter((usage) => !names.has(usageName(usage)))
    .map(({ purpose, keyArn }): BackupKey & { isBackupKey: boolean } => ({
      purpose,
      keyArn,
      labels: [],
      tenant: null,
      isDefault: false,
      isBackupKey: false,
    }));
  return Promise.all(
    [...registered, ...others].map(async (key): Promise<ListedKey> => {
      const [{ state, deletionTime }, rotation] = await Promise.all([
        administration.describe(key.keyArn),
        administration.rotation(key.keyArn),
      ]);
      const usage = usages?.find((candidate) => usageName(candidate) === usageName(key));
      const backups = usages ? (usage?.backups ?? 0) : null;
      const { purpose, labels, tenant, isDefault, isBackupKey, keyArn } = key;
      return {
        purpose,
        labels,
        tenant,
        isDefault,
        isBackupKey,
        state,
        deletionTime,
        rotation,
        backups,
        keyArn,
      };
    }),
  );
}

const HEADER = ['PURPOSE', 'LABEL', 'TENANT', 'DEFAULT', 'STATE', 'ROTATION', 'BACKUPS', 'KEY'];

const keysText = (keys: readonly ListedKey[]): string[] =>
  table(
    HEADER,
    keys.map((key) => [
      key.purpose,
      key.labels.join(', ') || (key.isBackupKey ? '-' : 'not a backup key'),
      key.tenant ?? '-',
      key.isDefault ? 'yes' : '-',
      key.deletionTime ? `${key.state} ${day(key.deletionTime)}` : key.state,
      describeRotation(key.rotation),
      String(key.backups ?? '-'),
      key.keyArn,
    ]),
  );

function describeRotation(rotation: KeyRotation | null): string {
  if (!rotation) return '-';
  const { enabled, periodDays, nextTime, lastTime } = rotation;
  return [
    enabled ? (periodDays === null ? 'on' : `every ${periodDays} days`) : 'off',
    ...(nextTime ? [`next ${day(nextTime)}`] : []),
    ...(lastTime ? [`last ${day(lastTime)}`] : []),
  ].join(', ');
}

const day = (time: Date): string => time.toISOString().slice(0, 10);
