import { type Command, Option } from 'commander';
import { SENDINGS, type Sending } from '../../../functions/restore/source/request.ts';
import { IMPORT_MODES, type ImportMode } from '../../../functions/tenant/http/import-mode.ts';

/** How a restore treats existing objects. */
export interface WriteOptions {
  readonly mode: ImportMode;
  readonly credentials: 'restore' | 'keep';
}

/** Adds `--mode` and `--credentials`. */
export const withWriteOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--mode <mode>', 'existing objects: overwrite them, skip them, or fail')
        .choices(IMPORT_MODES)
        .default('update'),
    )
    .addOption(
      new Option(
        '--credentials <choice>',
        'credentials of existing objects: restore them from the backup, or keep them',
      )
        .choices(['restore', 'keep'])
        .default('restore'),
    );

/** How a restore writes. */
export interface SendingOptions {
  readonly send: Sending;
  readonly onFailure: 'roll-back' | 'leave';
}

/** Adds `--send` and `--on-failure`. */
export const withSending = (command: Command): Command =>
  command
    .addOption(
      new Option('--send <what>', 'send the whole target state, the objects that differ, or a merge patch')
        .choices(SENDINGS)
        .default('everything'),
    )
    .addOption(
      new Option(
        '--on-failure <choice>',
        'if the tenant is not as planned afterwards: restore its state before, or leave it',
      )
        .choices(['roll-back', 'leave'])
        .default('roll-back'),
    );

/** Returns the fields for the restore function. */
export const sendingOf = ({ send, onFailure }: SendingOptions): { send: Sending; onFailure: string } => ({
  send,
  onFailure: onFailure === 'leave' ? 'leave' : 'rollBack',
});
