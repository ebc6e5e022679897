import type { NewFinding } from '../findings.ts';
import { isNight, type TenantHistory } from '../history.ts';
import { newestState } from '../newest-state.ts';
import type { AuditSettings } from '../settings.ts';
import type { EnrolledTenant } from './assess-tenant.ts';

const DAY_MILLISECONDS = 86_400_000;

/** Reports a tenant with backups that nothing backs up any more: its enrolment is gone, has been paused for long, or names a
 * schedule that allows older backups than the one before. */
export function assessEnrolment(
  history: TenantHistory,
  enrolled: EnrolledTenant | null,
  { compareDays }: Pick<AuditSettings, 'compareDays'>,
  now: Date,
): NewFinding[] {
  const { tenant, versions, enrolments } = history;
  const about = (
    code: NewFinding['code'],
    severity: NewFinding['severity'],
    subject: string | null,
    message: string,
  ): NewFinding => ({ code, severity, tenant, subject, message, facts: {} });
  if (enrolled === null) {
    const kept = versions.filter((record) => !record.gone && isNight(record)).length;
    if (kept === 0) return [];
    return [
      about('ENROLMENT_GONE', 'alarm', null, `${kept} backups are kept, and it is not enrolled any more`),
    ];
  }
  const findings: NewFinding[] = [];
  const last = newestState(history)?.at ?? enrolled.enrolledAt;
  const days = last === null ? 0 : (now.getTime() - last.getTime()) / DAY_MILLISECONDS;
  if (enrolled.paused && !enrolled.scratch && days > compareDays) {
    findings.push(
      about(
        'ENROLMENT_PAUSED',
        'warning',
        null,
        `it is paused, and its newest backup is ${Math.floor(days)} days old`,
      ),
    );
  }
  enrolments.slice(1).forEach((before, index) => {
    const after = enrolments[index];
    if (
      !after ||
      (before.limitHours ?? Number.POSITIVE_INFINITY) >= (after.limitHours ?? Number.POSITIVE_INFINITY)
    )
      return;
    findings.push(
      about(
        'SCHEDULE_SLOWED',
        'alarm',
        after.at,
        `since ${after.at} its backups may be ${hoursText(after.limitHours)} old instead of ${hoursText(before.limitHours)}: schedule ${after.schedule ?? 'none'} instead of ${before.schedule ?? 'none'}`,
      ),
    );
  });
  return findings;
}

const hoursText = (hours: number | null): string => (hours === null ? 'as old as may be' : `${hours} hours`);
