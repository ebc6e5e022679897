import type { AuditReport } from './audit-report.ts';

/** What an audit answers: the report without its lines, which are in the ledger. */
export type AuditAnswer = Pick<AuditReport, 'auditedAt' | 'ok' | 'counts' | 'seconds'> & {
  /** How many, by code. */
  readonly findings: Readonly<Record<string, number>>;
};

export const answerOf = ({ auditedAt, ok, counts, seconds, findings }: AuditReport): AuditAnswer => ({
  auditedAt,
  ok,
  counts,
  seconds,
  findings: Object.fromEntries(
    [...Map.groupBy(findings, ({ code }) => code)].map(([code, each]) => [code, each.length]),
  ),
});
