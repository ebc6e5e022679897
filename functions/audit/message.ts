/** The audit's message to operators: names, codes and runbook links, never a tenant's data. */
import { type AuditReport, freshnessText, type PreviousReport } from './audit-report.ts';
import type { Finding } from './findings.ts';

/** Time after which an open finding is sent again. */
const REMIND_AFTER_MILLISECONDS = 24 * 3_600_000;

/** Number of findings that a message spells out. SNS allows 256 KiB, but a message must stay readable. */
const MAX_FINDINGS = 40;

const identityOf = ({ code, tenant, subject }: Pick<Finding, 'code' | 'tenant' | 'subject'>) =>
  [code, tenant, subject].join(' ');

/** Decides whether to send a message now: for a new finding, as a daily reminder, when the last finding is gone, for what
 * a person acknowledged, or in place of a message that was not sent. */
export function isWorthAMessage(
  findings: readonly Finding[],
  previous: PreviousReport | null,
  now: Date,
): boolean {
  if (previous?.findings.some(({ code }) => code === 'MESSAGE_UNSENT')) return true;
  const open = findings.filter(({ severity }) => severity !== 'known');
  const before = previous?.findings.filter(({ severity }) => severity !== 'known') ?? [];
  const last = previous?.messagedAt ?? null;
  const isNew = ({ acknowledged }: Finding) => acknowledged && (last === null || acknowledged.at > last);
  if (findings.some(isNew)) return true;
  if (open.length === 0) return before.length > 0;
  const told = new Set(before.map(identityOf));
  if (open.some((finding) => !told.has(identityOf(finding)))) return true;
  return last === null || now.getTime() - Date.parse(last) >= REMIND_AFTER_MILLISECONDS;
}

/** Writes the message.
 * @returns the text, and the subject in at most 100 ASCII characters as SNS requires */
export function messageOf(
  stack: string,
  report: Pick<AuditReport, 'findings' | 'auditedAt' | 'counts'>,
): { subject: string; text: string } {
  const open = report.findings.filter(({ severity }) => severity !== 'known');
  const known = acknowledgedLines(report.findings);
  if (open.length === 0) {
    const [subject, found] =
      known.length > 0
        ? ['every finding about backups is acknowledged', 'nothing new']
        : ['all backups are well again', 'nothing wrong'];
    return {
      subject: `${stack}: ${subject}`,
      text: [
        `The audit of ${report.auditedAt} found ${found}: ${freshnessText(report.counts)}.`,
        ...known,
        '',
      ].join('\n'),
    };
  }
  const alarms = open.filter(({ severity }) => severity === 'alarm').length;
  const what = alarms > 0 ? `${alarms} alarms` : `${open.length} warnings`;
  const lines = open.slice(0, MAX_FINDINGS).map(({ severity, code, tenant, message, since, section }) => {
    const who = tenant === null ? '' : ` ${tenant}:`;
    return `${severity.toUpperCase()} ${code}${who} ${message}\n  since ${since}; what to do: docs/RUNBOOK.md#${section}`;
  });
  const more = open.length > MAX_FINDINGS ? [`and ${open.length - MAX_FINDINGS} more`] : [];
  return {
    subject: `${stack}: ${what} about backups`,
    text: [
      `The audit of ${report.auditedAt} found:`,
      '',
      ...lines,
      ...more,
      ...known,
      '',
      `${freshnessText(report.counts)}. The whole report: reports/latest.json and reports/report.html in the ledger bucket.`,
      '',
    ].join('\n'),
  };
}

/** Names what persons acknowledged, so that none of them silences a finding unnoticed. */
const acknowledgedLines = (findings: readonly Finding[]): string[] =>
  findings
    .flatMap(({ acknowledged, code, tenant, message }) =>
      acknowledged
        ? [
            `ACKNOWLEDGED ${code}${tenant === null ? '' : ` ${tenant}:`} ${message}\n  by ${acknowledged.by} at ${acknowledged.at}: ${acknowledged.reason}`,
          ]
        : [],
    )
    .slice(0, MAX_FINDINGS);
