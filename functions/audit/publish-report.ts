import { toTenantBackupError } from '../defect.ts';
import { mapLimited } from '../map-limited.ts';
import type { AlarmTopic } from './alarm-topic.client.ts';
import type { AuditReport, PreviousReport } from './audit-report.ts';
import type { FindingCode, NewFinding } from './findings.ts';
import type { TenantHistory } from './history.ts';
import { isWorthAMessage, messageOf } from './message.ts';
import { fleetPage } from './report/fleet-page.ts';
import type { ReportStore } from './report-store.client.ts';
import type { AuditSettings } from './settings.ts';

/** What an audit has to tell. */
export interface Results {
  readonly fleet: readonly {
    readonly tenant: string;
    readonly history: TenantHistory;
    /** History as the previous audit wrote it. */
    readonly known: TenantHistory | null;
  }[];
  readonly previous: PreviousReport | null;
  readonly begun: Date;
  /** Makes the report.
   * @param further findings about the report itself
   * @param messagedAt time of the last message to the topic */
  reportWith(further: readonly NewFinding[], messagedAt: string | null): AuditReport;
}

interface PublishingTools {
  readonly reports: Pick<ReportStore, 'writeHistory' | 'writePage' | 'writeReport'>;
  readonly topic: AlarmTopic;
  readonly settings: AuditSettings;
}

/** Limit of concurrent writes. */
const REQUESTS = 16;

/** Writes histories, page and report, then sends the message if one is due. What fails becomes a finding, and does not keep the
 * rest from being written or sent. The report says that its message is unsent until the topic has it, so the next audit sends
 * the message of an audit that died.
 * @returns the report with these findings */
export async function publishReport(
  { fleet, previous, begun, reportWith }: Results,
  { reports, topic, settings }: PublishingTools,
): Promise<AuditReport> {
  const problems: string[] = [];
  const write = (what: string, writing: Promise<void>): Promise<void> =>
    writing.catch((error: unknown) => {
      problems.push(`${what}: ${toTenantBackupError(error).message}`);
    });
  const last = previous?.messagedAt ?? null;
  /** The report with all that the ledger has refused so far. */
  const present = (messagedAt = last, ...further: NewFinding[]): AuditReport =>
    reportWith([...unwritten(problems), ...further], messagedAt);
  const isDue = (): boolean => isWorthAMessage(present().findings, previous, begun);

  const changed = fleet.filter(({ history, known }) => JSON.stringify(history) !== JSON.stringify(known));
  await mapLimited(changed, REQUESTS, ({ tenant, history }) =>
    write(`the history of ${tenant}`, reports.writeHistory(history)),
  );
  const histories = fleet.map(({ history }) => history);
  await write('the page', reports.writePage(fleetPage({ report: present(), histories, settings })));
  await write('the report', reports.writeReport(isDue() ? present(last, unsent('')) : present()));
  if (!isDue()) return present();
  try {
    await topic.send(messageOf(settings.stack, present(begun.toISOString())));
  } catch (error) {
    const report = present(last, unsent(`: ${toTenantBackupError(error).message}`));
    // The report in the ledger says already that the message is not sent; this one says why.
    await reports.writeReport(report).catch(() => {});
    return report;
  }
  await write('the report', reports.writeReport(present(begun.toISOString())));
  return present(begun.toISOString());
}

const unwritten = (problems: readonly string[]): NewFinding[] => {
  const [first, ...others] = problems;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return [about('REPORT_UNWRITTEN', `the ledger does not take ${first}${more}; the next audit writes again`)];
};

const unsent = (reason: string): NewFinding =>
  about('MESSAGE_UNSENT', `the message about this report is not sent${reason}; the next audit sends one`);

const about = (code: FindingCode, message: string): NewFinding => ({
  code,
  severity: 'alarm',
  tenant: null,
  subject: null,
  message,
  facts: {},
});
