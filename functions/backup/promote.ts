import type { Tier } from '../runtime/names.ts';
import { CALENDAR_TIERS, type CalendarTier, periodOf } from '../vault/retention/calendar.ts';
import type { Vault } from '../vault/storage/vault.client.ts';

/** From the most frequent on: a backup of one is copied to those after it. */
const LADDER: readonly Tier[] = ['daily', ...CALENDAR_TIERS];

/** The tiers that get a copy of a backup, as it is the first good one of its week, month or year.
 *
 * "Of its week" goes by scheduled times, in UTC; a week is filled by any version of that tier, so that a schedule of the
 * tier's own counts as well.
 * @param enabled the tiers that get copies
 * @returns in order
 * @throws the errors of `Vault.findWithin` */
export async function dueTiers(
  { tenant, tier, scheduledTime }: { tenant: string; tier: Tier; scheduledTime: string },
  enabled: readonly CalendarTier[],
  vault: Pick<Vault, 'findWithin'>,
): Promise<CalendarTier[]> {
  const candidates = CALENDAR_TIERS.filter((above) => enabled.includes(above) && isAbove(above, tier));
  const filled = await Promise.all(
    candidates.map((above) => vault.findWithin(above, tenant, periodOf(above, new Date(scheduledTime)))),
  );
  return candidates.filter((_, index) => filled[index] === null);
}

/** Put a backup into the tiers that are due: the same bytes, once more.
 *
 * Must come before the backup's own tier. A request that is delivered again ends where it finds the backup in its own
 * tier, so that nothing may be left to do then. If an attempt dies in between, the next one finds that week filled by
 * the attempt before, which is of the same time and good.
 * @param due see `dueTiers`
 * @throws the errors of `Vault.put` */
export async function promote(
  { tenant, scheduledTime, bytes }: { tenant: string; scheduledTime: string; bytes: Uint8Array },
  due: readonly CalendarTier[],
  vault: Pick<Vault, 'put'>,
): Promise<void> {
  for (const tier of due) await vault.put(tier, tenant, bytes, scheduledTime);
}

/** Backups that people and restores ask for stand on no rung: they are never copied. */
const isAbove = (above: CalendarTier, tier: Tier): boolean =>
  LADDER.includes(tier) && LADDER.indexOf(above) > LADDER.indexOf(tier);
