import type { Command } from 'commander';
import { print } from '../../ui/output.ts';
import { openAdministration } from './open-administration.ts';

/** `tenants pause`: stops the scheduled backups of a tenant. */
export function registerTenantsPause(tenants: Command): void {
  tenants
    .command('pause')
    .description('stop the scheduled backups of a tenant until it is resumed; run still backs it up')
    .argument('<name>', 'enrolled name of the tenant')
    .action(async (name: string, _options: object, command: Command) => {
      const administration = await openAdministration(name, command);
      const { schedule, changed } = await administration.pause(name);
      print(
        command,
        { tenant: name, schedule, paused: true, changed },
        changed
          ? `paused ${name}: schedule ${schedule} skips it; retention still applies to its backups`
          : `${name} is already paused`,
      );
    });
}
