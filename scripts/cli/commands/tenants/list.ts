import type { Command } from 'commander';
import { createEnrolments } from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { doubtful, globalOptions, print, table } from '../../ui/output.ts';

export function registerTenantsList(tenants: Command): void {
  tenants
    .command('list')
    .description('list the enrolled tenants, and what backs them up')
    .option('--schedule <name>', 'only those of this schedule')
    .action(async (options: { schedule?: string }, command: Command) => {
      const { secrets } = openDeployment(globalOptions(command).stack);
      const entries = await createEnrolments(secrets).entries(options.schedule);
      const listed = entries.map(({ name, schedule, paused, lane }) => ({
        tenant: name,
        schedule: schedule ?? null,
        paused: schedule === undefined && paused !== undefined,
        lane: lane ?? null,
      }));
      const rows = entries.map(({ name, schedule, paused, lane }) => [
        name,
        schedule ?? (paused === undefined ? doubtful('none') : doubtful(`paused (${paused})`)),
        lane ?? '-',
      ]);
      print(command, listed, rows.length === 0 ? 'no tenants' : table(['TENANT', 'SCHEDULE', 'LANE'], rows));
    });
}
