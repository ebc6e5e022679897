import type { Tier } from '../runtime/names.ts';
import { CALENDAR_TIERS, type CalendarTier, periodOf } from '../vault/calendar.ts';
import type { Vault } from '../vault/vault.client.ts';

/** From the most frequent on: a backup of one is copied to those after it. */
const LADDER: readonly Tier[] = ['daily', ...CALENDAR_TIERS];

/** Put a backup that is the first good one of its week, month or year there as well: the same bytes, once more.
 *
 * Must come before the backup's own tier. A request that is delivered again ends where it finds the backup in its own
 * tier, so that nothing may be left to do then. If an attempt dies in between, the next one finds that week filled by
 * the attempt before, which is of the same time and good.
 *
 * "Of its week" goes by scheduled times, in UTC; a week is filled by any version of that tier, so that a schedule of the
 * tier's own counts as well.
 * @param enabled the tiers that get copies
 * @returns the tiers that got one, in order
 * @throws the errors of `Vault.findWithin` and `Vault.put` */
export async function promote(
  {
    tenant,
    tier,
    scheduledTime,
    bytes,
  }: { tenant: string; tier: Tier; scheduledTime: string; bytes: Uint8Array },
  enabled: readonly CalendarTier[],
  vault: Pick<Vault, 'findWithin' | 'put'>,
): Promise<CalendarTier[]> {
  const promoted: CalendarTier[] = [];
  for (const above of CALENDAR_TIERS) {
    if (!enabled.includes(above) || !isAbove(above, tier)) continue;
    if (await vault.findWithin(above, tenant, periodOf(above, new Date(scheduledTime)))) continue;
    await vault.put(above, tenant, bytes, scheduledTime);
    promoted.push(above);
  }
  return promoted;
}

/** Backups that people and restores ask for stand on no rung: they are never copied. */
const isAbove = (above: CalendarTier, tier: Tier): boolean =>
  LADDER.includes(tier) && LADDER.indexOf(above) > LADDER.indexOf(tier);
