export const DAY_MILLISECONDS = 86_400_000;

/** Returns the offset of a zone from UTC at an instant, in milliseconds. */
export type Zone = (instant: number) => number;

const zones = new Map<string, Zone>();

/** Returns the offsets of a zone of the IANA database. Schedules share zones and days, so it keeps each answer. */
export function zoneOf(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offsets = new Map<number, number>();
  const zone =
    zones.get(timeZone) ??
    ((instant) => {
      const offset = offsets.get(instant) ?? parseOffset(format.format(instant));
      offsets.set(instant, offset);
      return offset;
    });
  zones.set(timeZone, zone);
  return zone;
}

function parseOffset(text: string): number {
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Offsets before and after a day, which differ if the clocks move on it. */
export type Offsets = readonly [before: number, after: number];

/** A day and a half: further than any zone is from UTC, and noon of another day, whose answer is kept. */
const MARGIN_MILLISECONDS = 1.5 * DAY_MILLISECONDS;

/** @param day its midnight, in milliseconds as if the clocks showed UTC */
export const offsetsAround = (day: number, zone: Zone): Offsets => [
  zone(day - MARGIN_MILLISECONDS),
  zone(day + DAY_MILLISECONDS + MARGIN_MILLISECONDS),
];

/**
 * Returns the instant at which a clock of the zone first shows a wall time.
 * @param wall a local time in milliseconds, counted as if it were UTC
 * @param offsets those around its day
 * @returns null for a wall time that the zone skips
 */
export function instantOf(wall: number, zone: Zone, offsets: Offsets): number | null {
  const earliestFirst = offsets.map((offset) => wall - offset).sort((a, b) => a - b);
  return earliestFirst.find((instant) => instant + zone(instant) === wall) ?? null;
}
