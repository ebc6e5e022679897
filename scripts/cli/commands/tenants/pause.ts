import type { Command } from 'commander';
import { print } from '../../ui/output.ts';
import { openAdministration } from './open-administration.ts';

/** `tenants pause`: stops the scheduled backups of a tenant. */
export function registerTenantsPause(tenants: Command): void {
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
}
