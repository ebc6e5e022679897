/** Days and times as a clock on the wall shows them. A wall time is the milliseconds that UTC would count for it, and a day
 * is the number of days since 1970-01-01. */

export const DAY_MILLISECONDS = 86_400_000;

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
export type Zone = (instant: number) => number;

/** The zone of this machine. */
export const LOCAL: Zone = (instant) => -new Date(instant).getTimezoneOffset() * 60_000;

/** Returns the day that an instant is in. */
export const dayOf = (instant: number, zone: Zone): number =>
  Math.floor((instant + zone(instant)) / DAY_MILLISECONDS);

/** Returns every instant at which clocks show a wall time, the latest first: none in an hour that summer time leaves out, two
 * in one that it repeats. */
export const instantsOf = (wall: number, zone: Zone): number[] =>
  candidates(wall, zone).filter((instant) => instant + zone(instant) === wall);

/** Returns when a day begins, which is not always at midnight. */
export const beginningOf = (day: number, zone: Zone): number => {
  const wall = day * DAY_MILLISECONDS;
  return instantsOf(wall, zone).at(-1) ?? Math.max(...candidates(wall, zone));
};

/** By the offsets of the day before and the day after, the latest first. */
const candidates = (wall: number, zone: Zone): number[] =>
  [...new Set([-DAY_MILLISECONDS, DAY_MILLISECONDS].map((away) => wall - zone(wall + away)))].sort(
    (a, b) => b - a,
  );

/** Returns the day of a date; null if the calendar does not have it. */
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

export function dateOfDay(day: number): CalendarDate {
  const time = new Date(day * DAY_MILLISECONDS);
  return { year: time.getUTCFullYear(), month: time.getUTCMonth() + 1, date: time.getUTCDate() };
}

/** Returns 0 for Sunday to 6 for Saturday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
