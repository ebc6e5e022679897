import type { Command } from 'commander';
import { type AuditReport, freshnessText, parseReport } from '../../../../functions/audit/audit-report.ts';
import { LATEST_KEY, PAGE_KEY } from '../../../../functions/audit/report-store.client.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { showBytes, showDuration } from '../../../../functions/units.ts';
import { readObject } from '../../../../functions/vault/storage/stored-object.client.ts';
import { callFunction } from '../../aws/call-function.ts';
import { type Deployment, openDeployment } from '../../aws/deployment.client.ts';
import { openLedger } from '../../aws/open-ledger.client.ts';
import { commandText } from '../../ui/command-text.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { writeNew } from '../../ui/files.ts';
import { whileRunningInAws } from '../../ui/interrupt.ts';
import { dim, globalOptions, green, note, print, red, table, yellow } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import { showTimeAndAge } from '../../ui/times.ts';
import { drillsText, lastDrills } from './drills.ts';

interface ReportOptions {
  readonly now?: boolean;
  readonly html?: string;
}

/** `report`: shows the findings of the last audit. */
export function registerReport(program: Command): void {
  program
    .command('report')
    .description('show the findings of the last audit; exit code 3 if action is needed')
    .option('--now', 'run an audit first, which may take minutes')
    .option('--html <file>', 'also save the full report as a new HTML file')
    .action(async (options: ReportOptions, command: Command) => {
      const deployment = openDeployment(globalOptions(command).stack);
      if (options.now) {
        await whileRunningInAws(
          `the audit still runs in AWS; see its result with: ${commandText('report')}`,
          () => withProgress(command, 'auditing', () => callFunction(deployment, 'auditFunction', {})),
        );
      }
      const { ledger, objects } = await openLedger(deployment);
      const latest = await objects.get(LATEST_KEY);
      if (latest === null) throw notFound(NONE);
      const report = parseReport(latest.document);
      if (report === null)
        throw notFound(`${LATEST_KEY} in the ledger is no report that the audit signed: run another audit`);
      if (options.html !== undefined) {
        await writeNew(options.html, await readPage(deployment), 0o600);
        note(command, `saved the report to ${options.html}`);
      }
      const drills = await lastDrills(ledger);
      const now = new Date();
      print(command, { ...report, drills }, [...reportText(report, now), ...drillsText(drills, now)]);
      if (!report.ok) process.exitCode = ExitCode.differences;
    });
}

/** Reads the page, which no signature covers.
 * @throws REPORT_NOT_FOUND if it does not exist */
async function readPage({ s3, output }: Deployment): Promise<string> {
  const bucket = await output('ledgerBucket');
  const found = await readObject(s3, { Bucket: bucket, Key: PAGE_KEY });
  if (found !== null) return found.bytes.toString('utf8');
  throw notFound(NONE);
}

const NONE = 'no report found: none was written yet, or it expired';

const notFound = (message: string) => new TenantBackupError('REPORT_NOT_FOUND', message);

const GOOD: readonly string[] = ['fresh', 'paused', 'new'];

const COLOURS = { alarm: red, warning: yellow, known: dim };

function reportText({ auditedAt, counts, findings, tenants }: AuditReport, now: Date): string[] {
  const lines = tenants.map(({ tenant, schedule, freshness, newest, versions }) => [
    tenant,
    schedule ?? '-',
    (GOOD.includes(freshness) ? green : freshness === 'limited' ? yellow : red)(freshness),
    newest ? showDuration(newest.ageSeconds * 1000) : '-',
    newest
      ? `${newest.tier}, ${showBytes(newest.sizeBytes)}, ${newest.objects} objects${newest.checkedAt ? ', checked unchanged' : ''}`
      : '-',
    newest?.verdict ?? '-',
    String(versions),
  ]);
  const found = findings.map(({ id, severity, tenant, code, message, since }) => [
    id,
    COLOURS[severity](severity),
    tenant ?? '-',
    code,
    showTimeAndAge(new Date(since), now),
    message,
  ]);
  return [
    `audited ${showTimeAndAge(new Date(auditedAt), now)}: ${freshnessText(counts)}, ${counts.versions} versions, ${showBytes(counts.bytes)}`,
    '',
    ...table(['TENANT', 'SCHEDULE', 'STATE', 'AGE', 'NEWEST', 'VERDICT', 'KEPT'], lines),
    '',
    ...(found.length === 0
      ? [green('no action needed')]
      : table(['ID', 'SEVERITY', 'TENANT', 'CODE', 'SINCE', 'MESSAGE'], found)),
  ];
}
