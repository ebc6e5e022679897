import { type Command, Option } from 'commander';
import { TenantBackupError } from '../../../functions/errors.ts';
import { TIERS, type Tier } from '../../../functions/runtime/names.ts';
import { isTenantName } from '../../../functions/vault/format/layout.ts';
import { readPastTime } from './past-time.ts';

/** In the place of an id: the newest backup that the audit has not flagged. */
export const GOOD = 'good';

/** A backup, as named on the command line. */
export interface BackupName {
  readonly tenant: string;
  /** Beginning of a version id or of a backup id, or `GOOD`. @default - the newest, except safety backups */
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

/** Adds the argument and the options that name a backup. */
export const withBackup = (command: Command): Command =>
  command
    .argument(
      '<backup>',
      '<tenant> for its newest backup, <tenant>@good for the newest that the audit did not flag, or <tenant>@<id> with the beginning of a version id or backup id',
    )
    .option('--as-of <time>', 'the newest backup at this time, such as yesterday or "2 h ago"')
    .addOption(tierOption('only this tier (default: all but safety)'));

/** Parses `<tenant>` or `<tenant>@<id>`.
 * @throws INVALID_REQUEST */
export function parseBackupName(name: string): BackupName {
  const at = name.indexOf('@');
  const tenant = at < 0 ? name : name.slice(0, at);
  const id = at < 0 ? undefined : name.slice(at + 1);
  if (!isTenantName(tenant) || id === '') {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `backup must be <tenant> or <tenant>@<id>, or an existing file where files are allowed, got "${name.slice(0, 200)}"`,
    );
  }
  return { tenant, ...(id === undefined ? {} : { id }) };
}

/** Parses the options of `withBackup`, and prints how a time was understood.
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
