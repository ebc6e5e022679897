import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronTimes } from '../../../infra/schedules/schedule-times.ts';
import { DAY_MILLISECONDS, zoneOf } from '../../../infra/schedules/time-zone.ts';
import { longestPauseOf } from '../../../infra/schedules/walk.ts';
import { longestPauseAmong, minutesOf, namesDay } from './minute-by-minute.ts';

const YEAR = 2027;
const DAYS = 70;

/** Windows in which clocks move, or do not. */
const WINDOWS = (
  [
    ['Etc/UTC', '2027-01-01'],
    ['Europe/Berlin', '2027-03-01'],
    ['Europe/Berlin', '2027-09-20'],
    ['America/New_York', '2027-02-20'],
    ['America/New_York', '2027-10-01'],
    ['America/St_Johns', '2027-02-20'],
    ['Africa/Cairo', '2027-04-01'],
    ['Africa/Cairo', '2027-10-01'],
    ['Asia/Beirut', '2027-03-01'],
    ['Australia/Lord_Howe', '2027-09-01'],
    ['Australia/Lord_Howe', '2027-03-01'],
    ['Pacific/Auckland', '2027-09-01'],
  ] as const
).map(([timeZone, date]) => {
  const firstDay = Date.parse(date);
  return { timeZone, firstDay, minutes: minutesOf(timeZone, firstDay, DAYS) };
});

/** Items of a field: numbers, ranges, steps, and lists of them. */
function fieldOf(from: number, to: number): fc.Arbitrary<string> {
  const number = fc.integer({ min: from, max: to });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: to - from });
  const item = fc.oneof(
    number.map(String),
    range,
    fc.tuple(fc.oneof(fc.constant('*'), number.map(String), range), step).map((parts) => parts.join('/')),
  );
  return fc.oneof(
    fc.constant('*'),
    item,
    fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(',')),
  );
}

const weekday = fc.oneof(fc.integer({ min: 1, max: 7 }).map(String), fc.constantFrom('SUN', 'WED', 'SAT'));
const dayOfMonth = fc.oneof(
  fieldOf(1, 31),
  fc.constantFrom('L', 'LW'),
  fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
);
const dayOfWeek = fc.oneof(
  fc.constantFrom('*', 'L', 'MON-FRI', '1-7', '2,4,SAT'),
  weekday,
  weekday.map((day) => `${day}L`),
  fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map((parts) => parts.join('#')),
);
const days = fc.oneof(
  dayOfMonth.map((day) => [day, '?'] as const),
  dayOfWeek.map((day) => ['?', day] as const),
);
const expression = fc
  .tuple(
    fieldOf(0, 59),
    fc.oneof(fieldOf(0, 23), fc.constantFrom('20-2', '23-0', '3,22-1')),
    days,
    fc.oneof(fc.constant('*'), fieldOf(1, 12), fc.constantFrom('MAR,OCT', 'APR-NOV')),
    fc.constantFrom('*', '*', '2027', '2027-2030', '2025/2', '2027,2031'),
  )
  .map(([minutes, hours, [date, day], month, year]) => [minutes, hours, date, month, day, year]);

describe('cronTimes', () => {
  it('agrees with a look at every day of 28 years', () => {
    const midnights = Array.from({ length: 28 * 365.25 }, (_, day) => Date.UTC(YEAR, 0, 1 + day));
    fc.assert(
      fc.property(expression, (fields) => {
        const named = midnights.filter((midnight) => namesDay(fields, midnight));
        const inCycle = cronTimes(fields, YEAR).days.filter((day) => day <= (midnights.at(-1) ?? 0));
        expect(inCycle).toEqual(named);
      }),
      { numRuns: 60 },
    );
  });
});

describe('longestPauseOf', () => {
  it('agrees with a look at every minute, where clocks move and where they do not', () => {
    fc.assert(
      fc.property(expression, fc.nat(WINDOWS.length - 1), (fields, index) => {
        const { timeZone, firstDay, minutes } = WINDOWS[index] as (typeof WINDOWS)[number];
        const times = cronTimes(fields, YEAR);
        const inWindow = times.days.filter(
          (day) => day >= firstDay && day < firstDay + DAYS * DAY_MILLISECONDS,
        );
        const { milliseconds } = longestPauseOf({ ...times, days: inWindow }, zoneOf(timeZone));
        expect(milliseconds).toBe(longestPauseAmong(minutes, fields));
      }),
      { numRuns: 300 },
    );
  });
});
