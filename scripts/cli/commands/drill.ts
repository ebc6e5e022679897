import type { Command } from 'commander';
import type { DrillReport } from '../../../functions/drill/drill-report.ts';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import { callToWrite } from '../aws/call-function.ts';
import { openDeployment } from '../aws/deployment.ts';
import { commandText } from '../ui/command-text.ts';
import { whileGoingOn } from '../ui/interrupt.ts';
import { pairs } from '../ui/manifest-text.ts';
import { doubtful, globalOptions, good, print, table } from '../ui/output.ts';
import { withProgress } from '../ui/progress.ts';
import { showMeasured } from '../ui/times.ts';

/** `drill`: prove that a backup can be restored. */
export function registerDrill(program: Command): void {
  program
    .command('drill')
    .description('restore a newest backup into the scratch tenant, prove it, and say how long it took')
    .argument('[tenant]', 'whose backup (default: the one whose last drill is the longest ago)')
    .action(async (tenant: string | undefined, _options: object, command: Command) => {
      if (tenant !== undefined) vaultKey('daily', tenant);
      const deployment = openDeployment(globalOptions(command).stack);
      // Where drills are off there is no such output, and that is worth more than its name.
      await deployment.output('drillFunction').catch((error: unknown) => {
        if (!isTenantBackupError(error) || !/has no output/.test(error.message)) throw error;
        throw new TenantBackupError(
          'NOT_DEPLOYED',
          'drills are not switched on: set drill in cdk.json, see docs/DRILLS.md',
        );
      });
      const report = await whileGoingOn(`the drill goes on in AWS; look with: ${commandText('report')}`, () =>
        withProgress(command, `drilling ${tenant ?? 'whose turn it is'}`, () =>
          callToWrite<DrillReport>(
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

/** A drill that was proved, for people. */
function drillText(report: DrillReport): string[] {
  const { backup, seconds, phases, warnings } = report;
  return [
    ...pairs([
      ['tenant', report.tenant],
      ['verdict', good(report.verdict)],
      ['backup', backup === null ? '-' : `${backup.backupId} (${backup.tier}, ${backup.versionId})`],
      ['restored into', `${report.into}, credentials ${report.credentials}`],
      [
        'objects',
        Object.entries(report.counts)
          .filter(([, count]) => count > 0)
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', '),
      ],
      ['compared', `${report.compared}, ${report.equal} of them equal; ${report.extra} that stay`],
      ['recovery time', showMeasured(seconds ?? 0)],
    ]),
    '',
    ...table(
      ['PHASE', 'TOOK'],
      phases.map((each) => [each.phase, showMeasured(each.seconds)]),
    ),
    ...warnings.map(({ code, message }) => doubtful(`warning ${code}: ${message}`)),
  ];
}
