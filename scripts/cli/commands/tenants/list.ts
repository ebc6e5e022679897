import type { Command } from 'commander';
import { openDeployment } from '../../aws/deployment.client.ts';
import { openEnrolments } from '../../aws/open-enrolments.client.ts';
import { globalOptions, print, table, yellow } from '../../ui/output.ts';

/** `tenants list`: lists the enrolments. */
export function registerTenantsList(tenants: Command): void {
  tenants
    .command('list')
    .description('list the enrolled tenants and their schedules')
    .option('--schedule <name>', 'only tenants of this schedule')
    .action(async (options: { schedule?: string }, command: Command) => {
      const enrolments = await openEnrolments(openDeployment(globalOptions(command).stack));
      const entries = await enrolments.entries(options.schedule);
      const listed = entries.map(({ name, schedule, paused, lane }) => ({
        tenant: name,
        schedule: schedule ?? null,
        paused: schedule === undefined && paused !== undefined,
        lane: lane ?? null,
      }));
      const rows = entries.map(({ name, schedule, paused, lane }) => [
        name,
        schedule ?? (paused === undefined ? yellow('none') : yellow(`paused (${paused})`)),
        lane ?? '-',
      ]);
      print(command, listed, rows.length === 0 ? 'no tenants' : table(['TENANT', 'SCHEDULE', 'LANE'], rows));
    });
}
