import type { NewFinding } from '../findings.ts';
import type { TenantHistory } from '../history.ts';
import type { AuditSettings } from '../settings.ts';

/** More backups of one tenant and tier than people request or restores take in a day, even one every hour. */
const MOST_A_DAY = 30;

const DAY_MILLISECONDS = 86_400_000;

/** Reports days in which far more manual or safety backups were stored than people make: of no use but to hide others, and to cost
 * money. */
export function assessFloods(
  { tenant, versions }: Pick<TenantHistory, 'tenant' | 'versions'>,
  { compareDays }: Pick<AuditSettings, 'compareDays'>,
  now: Date,
): NewFinding[] {
  const since = now.getTime() - compareDays * DAY_MILLISECONDS;
  const requested = versions.filter(
    ({ tier, storedAt }) => (tier === 'manual' || tier === 'safety') && Date.parse(storedAt) >= since,
  );
  return [...Map.groupBy(requested, ({ tier, storedAt }) => `${tier} ${storedAt.slice(0, 10)}`)].flatMap(
    ([subject, { length }]): NewFinding[] =>
      length <= MOST_A_DAY
        ? []
        : [
            {
              code: 'BACKUPS_TOO_MANY',
              severity: 'warning',
              tenant,
              subject,
              message: `at most ${MOST_A_DAY} backups a day of a tier are requested, there are ${length} of ${subject}`,
              facts: { backups: length },
            },
          ],
  );
}
