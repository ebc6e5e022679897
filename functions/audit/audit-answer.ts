import type { AuditReport } from './audit-report.ts';

/** The audit's answer to its invoker: a summary of the report in the ledger. */
export type AuditAnswer = Pick<AuditReport, 'auditedAt' | 'ok' | 'counts' | 'seconds'> & {
  /** Number of findings, by code. */
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
