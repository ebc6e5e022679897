import { type Command, Option } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import { TIERS, type Tier } from '../../../functions/runtime/names.ts';
import { isTenantName } from '../../../functions/vault/format/layout.ts';
import { readPastTime } from './past-time.ts';

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
