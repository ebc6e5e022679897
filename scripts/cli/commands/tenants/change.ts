import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { vaultKey } from '../../../../functions/vault/format/layout.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { awsText, commandText } from '../../ui/command-text.ts';
import { requireTyped } from '../../ui/confirm.ts';
import { globalOptions, print, remark } from '../../ui/output.ts';
import { showTime } from '../../ui/times.ts';
import { createEnrolmentAdministration } from './administration.client.ts';

/** `tenants pause`, `resume`, `remove`. */
export function registerTenantChanges(tenants: Command): void {
  tenants
    .command('pause')
    .description(
      'no more scheduled backups of a tenant until it is resumed; by hand it can still be backed up',
    )
    .argument('<name>', 'what it is enrolled as')
    .action(async (name: string, _options: object, command: Command) => {
      const administration = openAdministration(name, command);
      const { schedule, changed } = await administration.pause(name);
      print(
        command,
        { tenant: name, schedule, paused: true, changed },
        changed
          ? `paused ${name}, which schedule ${schedule} backed up; its backups stay as their retention says`
          : `${name} is paused already`,
      );
    });

  tenants
    .command('resume')
    .description('let the schedule that a tenant was paused with back it up again')
    .argument('<name>', 'what it is enrolled as')
    .action(async (name: string, _options: object, command: Command) => {
      const administration = openAdministration(name, command);
      const { schedule, changed } = await administration.resume(name);
      print(
        command,
        { tenant: name, schedule, paused: false, changed },
        changed ? `resumed ${name}, backed up by schedule ${schedule}` : `${name} is not paused`,
      );
    });

  tenants
    .command('remove')
    .description('end the enrolment of a tenant; its backups stay as their retention says')
    .argument('<name>', 'what it is enrolled as')
    .option('--recovery-days <days>', 'how long the secret can be restored, 7 to 30', '30')
    .option('--confirm <name>', 'the name again; asked for otherwise')
    .action(async (name: string, options: { recoveryDays: string; confirm?: string }, command: Command) => {
      const recoveryDays = parseRecoveryDays(options.recoveryDays);
      const administration = openAdministration(name, command);
      await administration.require(name);
      await requireTyped(
        `This ends the enrolment of ${name}. Type ${name} to go on:`,
        name,
        options.confirm,
        '--confirm <name>',
      );
      const { deletionTime } = await administration.remove(name, recoveryDays);
      print(
        command,
        { tenant: name, deletionTime },
        `removed ${name}; its secret can be restored until ${showTime(deletionTime)}`,
      );
      remark(command, [
        `its backups stay: older ones expire as their retention says, the newest ones never (${commandText('retention', 'preview')})`,
        `to take it back: ${awsText('secretsmanager', 'restore-secret', '--secret-id', `tenant-backup/tenants/${name}`)}`,
      ]);
    });
}

function openAdministration(name: string, command: Command) {
  // Judges the name, before anything is asked.
  vaultKey('daily', name);
  return createEnrolmentAdministration(openDeployment(globalOptions(command).stack).secrets);
}

function parseRecoveryDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 7 && days <= 30) return days;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--recovery-days must be 7 to 30, got "${text.slice(0, 80)}"`,
  );
}
