/** Local dates and times. A wall time is a local time in milliseconds, counted as if it were UTC. A day is a number of days
 * since 1970-01-01. */

export const DAY_MILLISECONDS = 86_400_000;

/** Returns the offset of a zone from UTC at an instant, in milliseconds. */
export type Zone = (instant: number) => number;

/** The time zone of this machine. */
export const LOCAL: Zone = (instant) => -new Date(instant).getTimezoneOffset() * 60_000;

/** Returns the day that an instant is in. */
export const dayOf = (instant: number, zone: Zone): number =>
  Math.floor((instant + zone(instant)) / DAY_MILLISECONDS);

/** Returns every instant of a wall time, the latest first: none in an hour that summer time skips, two in an hour that it
 * repeats. */
export const instantsOf = (wall: number, zone: Zone): number[] =>
  candidates(wall, zone).filter((instant) => instant + zone(instant) === wall);

/** Returns the first instant of a day, which is not always midnight. */
export const beginningOf = (day: number, zone: Zone): number => {
  const wall = day * DAY_MILLISECONDS;
  return instantsOf(wall, zone).at(-1) ?? Math.max(...candidates(wall, zone));
};

/** Applies the offsets of the day before and the day after; the latest first. */
const candidates = (wall: number, zone: Zone): number[] =>
  [...new Set([-DAY_MILLISECONDS, DAY_MILLISECONDS].map((away) => wall - zone(wall + away)))].sort(
    (a, b) => b - a,
  );

/** Returns the day of a date; null if the date does not exist. */
export function dayOfDate(year: number, month: number, date: number): number | null {
  const time = new Date(Date.UTC(year, month - 1, date));
  const exists =
    time.getUTCFullYear() === year && time.getUTCMonth() === month - 1 && time.getUTCDate() === date;
  return exists ? time.getTime() / DAY_MILLISECONDS : null;
}

export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

/** Returns the date of a day. */
export function dateOfDay(day: number): CalendarDate {
  const time = new Date(day * DAY_MILLISECONDS);
  return { year: time.getUTCFullYear(), month: time.getUTCMonth() + 1, date: time.getUTCDate() };
}

/** Returns 0 for Sunday to 6 for Saturday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
