import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { awsText, commandText } from '../../ui/command-text.ts';
import { requireTyped } from '../../ui/confirm.ts';
import { note, print } from '../../ui/output.ts';
import { showTime } from '../../ui/times.ts';
import { openAdministration } from './open-administration.ts';

/** `tenants remove`: ends the enrolment of a tenant; its backups stay. */
export function registerTenantsRemove(tenants: Command): void {
  tenants
    .command('remove')
    .description('end the enrolment of a tenant; its backups stay, and retention still applies')
    .argument('<name>', 'enrolled name of the tenant')
    .option('--recovery-days <days>', 'days in which the secret can be restored, 7 to 30', '30')
    .option('--confirm <name>', 'the name again (default: ask)')
    .action(async (name: string, options: { recoveryDays: string; confirm?: string }, command: Command) => {
      const recoveryDays = parseRecoveryDays(options.recoveryDays);
      const administration = await openAdministration(name, command);
      await administration.require(name);
      await requireTyped(
        `This ends the enrolment of ${name}. Type ${name} to continue:`,
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
      note(command, [
        `its backups stay: old ones expire by retention, the newest never (${commandText('retention', 'preview')})`,
        `to undo it: ${awsText('secretsmanager', 'restore-secret', '--secret-id', `tenant-backup/tenants/${name}`)}`,
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
