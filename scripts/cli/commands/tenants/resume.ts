import type { Command } from 'commander';
import { print } from '../../ui/output.ts';
import { openAdministration } from './open-administration.ts';

/** `tenants resume`: starts the scheduled backups of a paused tenant again. */
export function registerTenantsResume(tenants: Command): void {
  tenants
    .command('resume')
    .description('resume the scheduled backups of a paused tenant')
    .argument('<name>', 'enrolled name of the tenant')
    .action(async (name: string, _options: object, command: Command) => {
      const administration = await openAdministration(name, command);
      const { schedule, changed } = await administration.resume(name);
      print(
        command,
        { tenant: name, schedule, paused: false, changed },
        changed ? `resumed ${name}, backed up by schedule ${schedule}` : `${name} is not paused`,
      );
    });
}
