/** The tiers with one backup for each week, month or year: copies of the first good backup of that time. */
export const CALENDAR_TIERS = ['weekly', 'monthly', 'yearly'] as const;
export type CalendarTier = (typeof CALENDAR_TIERS)[number];

/** A period of time; `to` is the first instant after it. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

const MILLISECONDS_PER_DAY = 86_400_000;

/** Returns the week, month or year of a time. Weeks are those of ISO 8601 and begin on Monday. All periods begin at
 * midnight UTC, whatever the time zone of a schedule: two schedules must agree on the month. */
export function periodOf(tier: CalendarTier, time: Date): Period {
  const year = time.getUTCFullYear();
  const month = time.getUTCMonth();
  switch (tier) {
    case 'weekly': {
      const daysSinceMonday = (time.getUTCDay() + 6) % 7;
      const from = midnight(year, month, time.getUTCDate() - daysSinceMonday);
      return { from, to: new Date(from.getTime() + 7 * MILLISECONDS_PER_DAY) };
    }
    case 'monthly':
      return { from: midnight(year, month, 1), to: midnight(year, month + 1, 1) };
    case 'yearly':
      return { from: midnight(year, 0, 1), to: midnight(year + 1, 0, 1) };
  }
}

export const isWithin = ({ from, to }: Period, time: Date): boolean => time >= from && time < to;

/** Returns the next midnight UTC, or the time itself if it is one: S3 applies its lifecycle rules then. */
export const midnightFrom = (time: Date): Date =>
  new Date(Math.ceil(time.getTime() / MILLISECONDS_PER_DAY) * MILLISECONDS_PER_DAY);

export const addDays = (time: Date, days: number): Date =>
  new Date(time.getTime() + days * MILLISECONDS_PER_DAY);

/** Returns midnight UTC of a day. `Date.UTC` maps the years 0 to 99 to the twentieth century; no backup is that old. */
const midnight = (year: number, month: number, day: number): Date => new Date(Date.UTC(year, month, day));
