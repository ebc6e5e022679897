import type { Command } from 'commander';
import type { DrillReport } from '../../../functions/drill/drill-report.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { callWriteFunction, requireDrills } from '../aws/call-function.ts';
import { openDeployment } from '../aws/deployment.client.ts';
import { commandText } from '../ui/command-text.ts';
import { whileRunningInAws } from '../ui/interrupt.ts';
import { pairs } from '../ui/manifest-text.ts';
import { globalOptions, green, print, table, yellow } from '../ui/output.ts';
import { withProgress } from '../ui/progress.ts';
import { showMeasured } from '../ui/times.ts';

/** `drill`: restores a backup into the scratch tenant, to test that it can be restored. */
export function registerDrill(program: Command): void {
  program
    .command('drill')
    .description(
      'restore the newest backup of a tenant into the scratch tenant, verify it, and measure the time',
    )
    .argument('[tenant]', 'tenant to drill (default: the one with the oldest drill)')
    .action(async (tenant: string | undefined, _options: object, command: Command) => {
      if (tenant !== undefined) vaultKey('daily', tenant);
      const deployment = openDeployment(globalOptions(command).stack);
      await requireDrills(deployment);
      const report = await whileRunningInAws(
        `the drill still runs in AWS; follow it with: ${commandText('report')}`,
        () =>
          withProgress(command, `drilling ${tenant ?? 'the tenant with the oldest drill'}`, () =>
            callWriteFunction<DrillReport>(
              deployment,
              'drillFunction',
              tenant === undefined ? {} : { tenant },
              commandText('report'),
            ),
          ),
      );
      print(command, report, drillText(report));
    });
}

/** Returns the report of a successful drill as lines. */
function drillText(report: DrillReport): string[] {
  const { backup, seconds, phases, warnings } = report;
  return [
    ...pairs([
      ['tenant', report.tenant],
      ['verdict', green(report.verdict)],
      ['backup', backup === null ? '-' : `${backup.backupId} (${backup.tier}, ${backup.versionId})`],
      ['restored into', `${report.into}, credentials ${report.credentials}`],
      [
        'objects',
        Object.entries(report.counts)
          .filter(([, count]) => count > 0)
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', '),
      ],
      [
        'compared',
        `${report.equal} of ${report.compared} verified equal, ${report.extra} only in the tenant`,
      ],
      ['recovery time', showMeasured(seconds ?? 0)],
    ]),
    '',
    ...table(
      ['PHASE', 'DURATION'],
      phases.map((each) => [each.phase, showMeasured(each.seconds)]),
    ),
    ...warnings.map(({ code, message }) => yellow(`warning ${code}: ${message}`)),
  ];
}
