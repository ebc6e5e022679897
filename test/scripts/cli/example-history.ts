import type { Tier } from '../../../functions/runtime/names.ts';
import { addDays, CALENDAR_TIERS, periodOf } from '../../../functions/vault/retention/calendar.ts';
import type { HistoryEntry } from '../../../functions/vault/retention/retention.ts';

interface History {
  readonly tier: Tier;
  readonly tenant: string;
  readonly entries: HistoryEntry[];
}

const storedAfterMilliseconds = 95_000;

/** A tenant's backups of many nights, made as the product makes them: every night at 02:00, copies of the first of each
 * week, month and year; a night that fails has none. With one safety backup, one by hand that is held, and locks. */
export function exampleHistory(
  from: Date,
  nights: number,
  failed: readonly number[],
  lockedDays: Readonly<Record<Tier, number>>,
): History[] {
  const histories = new Map<Tier, History>();
  let count = 0;
  const store = (tier: Tier, storedAt: Date, more: Partial<HistoryEntry> = {}) => {
    const history = histories.get(tier) ?? { tier, tenant: 'acme', entries: [] };
    histories.set(tier, history);
    const versionId = `${tier}-${String(++count).padStart(3, '0')}`;
    history.entries.push({
      versionId,
      storedAt,
      lockedUntil: addDays(storedAt, lockedDays[tier]),
      held: false,
      ...more,
    });
  };
  const filled = new Set<string>();
  for (let night = 0; night < nights; night++) {
    if (failed.includes(night)) continue;
    const scheduledTime = addDays(from, night);
    const storedAt = new Date(scheduledTime.getTime() + storedAfterMilliseconds);
    for (const tier of CALENDAR_TIERS) {
      const period = `${tier} ${periodOf(tier, scheduledTime).from.getTime()}`;
      if (!filled.has(period)) store(tier, storedAt);
      filled.add(period);
    }
    store('daily', storedAt);
  }
  const byDay = new Date(from.getTime() + 9 * 3_600_000);
  store('manual', byDay, { held: true });
  store('manual', addDays(byDay, 2));
  store('safety', addDays(byDay, nights - 20));
  return [...histories.values()];
}
