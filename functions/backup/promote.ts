import type { Tier } from '../runtime/names.ts';
import type { Extent } from '../vault/format/extent.ts';
import { CALENDAR_TIERS, type CalendarTier, isWithin, periodOf } from '../vault/retention/calendar.ts';
import type { Vault } from '../vault/storage/vault.client.ts';

/** Tiers from the most frequent on: a backup of one may be copied to those after it. */
const LADDER: readonly Tier[] = ['daily', ...CALENDAR_TIERS];

/** Returns the tiers that get a copy of a backup, because it is the first of its extent in its week, month or year.
 *
 * The scheduled time in UTC decides the week. Any version of the weekly tier fills the week, also one of a weekly schedule.
 * @param enabled the tiers that may get copies
 * @returns in order
 * @throws the errors of `Vault.findWithin` */
export async function dueTiers(
  {
    tenant,
    tier,
    scheduledTime,
    extent,
  }: { tenant: string; tier: Tier; scheduledTime: string; extent: Extent },
  enabled: readonly CalendarTier[],
  vault: Pick<Vault, 'findWithin'>,
): Promise<CalendarTier[]> {
  const candidates = CALENDAR_TIERS.filter((above) => enabled.includes(above) && isAbove(above, tier));
  const filled = await Promise.all(
    candidates.map((above) =>
      vault.findWithin(above, tenant, periodOf(above, new Date(scheduledTime)), extent),
    ),
  );
  return candidates.filter((_, index) => filled[index] === null);
}

/** Tells whether a backup is the first of a week, month or year since another one, so that a copy of it may be due.
 * @param since scheduled time of the other one
 * @param enabled the tiers that may get copies */
export const beginsPeriod = (
  { tier, scheduledTime }: { tier: Tier; scheduledTime: string },
  since: string,
  enabled: readonly CalendarTier[],
): boolean =>
  CALENDAR_TIERS.some(
    (above) =>
      enabled.includes(above) &&
      isAbove(above, tier) &&
      !isWithin(periodOf(above, new Date(since)), new Date(scheduledTime)),
  );

/** Puts the same bytes into the tiers that are due.
 *
 * Call it before the put into the backup's own tier: a request that is delivered again ends when it finds the backup there. If an
 * attempt dies in between, the next one finds the week filled by the copy, which is of the same extent and time.
 * @param due see `dueTiers`
 * @throws the errors of `Vault.put` */
export async function promote(
  {
    tenant,
    scheduledTime,
    bytes,
    extent,
  }: { tenant: string; scheduledTime: string; bytes: Uint8Array; extent: Extent },
  due: readonly CalendarTier[],
  vault: Pick<Vault, 'put'>,
): Promise<void> {
  for (const tier of due) await vault.put(tier, tenant, bytes, scheduledTime, extent);
}

/** Manual and safety backups are not on the ladder: they are never copied. */
const isAbove = (above: CalendarTier, tier: Tier): boolean =>
  LADDER.includes(tier) && LADDER.indexOf(above) > LADDER.indexOf(tier);
