import { TenantBackupError } from '../errors.ts';
import type { PreviousReport } from './audit-report.ts';
import { type FindingCode, findingId } from './findings.ts';
import type { Acknowledgement } from './request.ts';

/** Codes of findings that only a remedy ends: to know of them does not make a backup young, or a rule strict. */
const NEED_A_REMEDY: readonly FindingCode[] = [
  'NO_BACKUP',
  'NO_FRESH_BACKUP',
  'KEY_UNHEALTHY',
  'VAULT_SETTINGS_CHANGED',
  'AUDIT_WAS_SILENT',
  'AUDIT_INCOMPLETE',
  'REPORT_UNWRITTEN',
  'MESSAGE_UNSENT',
];

/** Marks findings of the last report as acknowledged. The audit keeps the mark for as long as it finds the same without a pause.
 * @throws INVALID_REQUEST for an id that the last report does not have, or whose finding only a remedy ends */
export function acknowledgeIn(
  previous: PreviousReport | null,
  { findings: ids, reason, by }: Acknowledgement,
  now: Date,
): PreviousReport {
  const findings = previous?.findings ?? [];
  for (const id of ids) {
    const finding = findings.find((each) => findingId(each) === id);
    if (!finding || !previous)
      throw refused(id, 'must be the id of a finding of the last report', findings.length);
    if (NEED_A_REMEDY.includes(finding.code))
      throw refused(id, `is of ${finding.code}, which only a remedy ends`, findings.length);
  }
  return {
    ...(previous as PreviousReport),
    findings: findings.map((finding) =>
      ids.includes(findingId(finding))
        ? { ...finding, acknowledged: { at: now.toISOString(), by, reason } }
        : finding,
    ),
  };
}

const refused = (id: string, what: string, findings: number) =>
  new TenantBackupError('INVALID_REQUEST', `finding ${id} ${what}`, { finding: id, findings });
