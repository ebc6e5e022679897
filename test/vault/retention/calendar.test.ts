import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CALENDAR_TIERS,
  isWithin,
  midnightFrom,
  periodOf,
} from '../../../functions/vault/retention/calendar.ts';

const times = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2199-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const period = (tier: (typeof CALENDAR_TIERS)[number], time: string) => {
  const { from, to } = periodOf(tier, new Date(time));
  return [from.toISOString(), to.toISOString()];
};

describe('periodOf', () => {
  it.each([
    ['weekly', '2026-01-01T02:00:00Z', '2025-12-29', '2026-01-05'],
    ['weekly', '2026-01-04T23:59:59Z', '2025-12-29', '2026-01-05'],
    ['weekly', '2026-01-05T00:00:00Z', '2026-01-05', '2026-01-12'],
    // 2020 has a week 53, which ends in 2021.
    ['weekly', '2021-01-03T12:00:00Z', '2020-12-28', '2021-01-04'],
    ['monthly', '2028-02-29T02:00:00Z', '2028-02-01', '2028-03-01'],
    ['monthly', '2026-12-31T23:59:59Z', '2026-12-01', '2027-01-01'],
    ['yearly', '2026-12-31T23:59:59Z', '2026-01-01', '2027-01-01'],
  ] as const)('%s of %s is from %s to %s', (tier, time, from, to) => {
    expect(period(tier, time)).toEqual([`${from}T00:00:00.000Z`, `${to}T00:00:00.000Z`]);
  });

  it.each(CALENDAR_TIERS)(
    '%s: holds its time, is the same for all its times, and the next one follows',
    (tier) => {
      fc.assert(
        fc.property(times, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (time, share) => {
          const { from, to } = periodOf(tier, time);
          expect(isWithin({ from, to }, time)).toBe(true);
          const another = new Date(from.getTime() + Math.floor(share * (to.getTime() - from.getTime())));
          expect(periodOf(tier, another)).toEqual({ from, to });
          expect(periodOf(tier, to).from).toEqual(to);
          expect(periodOf(tier, new Date(from.getTime() - 1)).to).toEqual(from);
        }),
      );
    },
  );

  it('begins weeks on Monday and makes them seven days long', () => {
    fc.assert(
      fc.property(times, (time) => {
        const { from, to } = periodOf('weekly', time);
        expect(from.getUTCDay()).toBe(1);
        expect(to.getTime() - from.getTime()).toBe(7 * 86_400_000);
      }),
    );
  });
});

describe('midnightFrom', () => {
  it.each([
    ['2014-01-18T10:30:00Z', '2014-01-19'],
    ['2014-01-18T00:00:00.001Z', '2014-01-19'],
    ['2014-01-18T00:00:00Z', '2014-01-18'],
  ])('%s becomes %s', (time, day) => {
    expect(midnightFrom(new Date(time)).toISOString()).toBe(`${day}T00:00:00.000Z`);
  });
});
