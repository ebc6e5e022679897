import type { Command } from 'commander';
import { createEnrolments } from '../../functions/tenant/enrolment.client.ts';
import { openDeployment } from './deployment.ts';
import { globalOptions, print } from './output.ts';

export function registerTenantsList(tenants: Command): void {
  tenants
    .command('list')
    .description('list the enrolled tenants')
    .option('--schedule <name>', 'only those of this schedule')
    .action(async (options: { schedule?: string }, command: Command) => {
      const { secrets } = openDeployment(globalOptions(command).stack);
      const names = await createEnrolments(secrets).list(options.schedule);
      print(
        command,
        names.map((tenant) => ({ tenant })),
        names.join('\n'),
      );
    });
}
