import { type Command, Option } from 'commander';
import { SENDINGS, type Sending } from '../../../functions/restore/source/request.ts';
import { IMPORT_MODES, type ImportMode } from '../../../functions/tenant/http/import-mode.ts';

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

/** How whatever was agreed to is written. */
export interface SendingOptions {
  readonly send: Sending;
  readonly onFailure: 'roll-back' | 'leave';
}

export const withSending = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--send <what>',
        'the whole tenant as it is to be, the objects that differ, or a merge patch',
      )
        .choices(SENDINGS)
        .default('everything'),
    )
    .addOption(
      new Option('--on-failure <choice>', 'what happens to a tenant that did not become what was promised')
        .choices(['roll-back', 'leave'])
        .default('roll-back'),
    );

/** The same for the restore function. */
export const sendingOf = ({ send, onFailure }: SendingOptions): { send: Sending; onFailure: string } => ({
  send,
  onFailure: onFailure === 'leave' ? 'leave' : 'rollBack',
});
