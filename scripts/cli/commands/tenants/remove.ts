import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { awsText, commandText } from '../../ui/command-text.ts';
import { requireTyped } from '../../ui/confirm.ts';
import { print, remark } from '../../ui/output.ts';
import { showTime } from '../../ui/times.ts';
import { openAdministration } from './open-administration.ts';

/** `tenants remove`: ends the enrolment of a tenant; its backups stay. */
export function registerTenantsRemove(tenants: Command): void {
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

function parseRecoveryDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 7 && days <= 30) return days;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--recovery-days must be 7 to 30, got "${text.slice(0, 80)}"`,
  );
}
