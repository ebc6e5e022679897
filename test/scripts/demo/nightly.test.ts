import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dailyAt, nextNight } from '../../../scripts/demo/nightly.ts';

describe('nextNight', () => {
  it('is a full minute, at least one look of the scheduler and at most a minute more ahead', () => {
    const times = fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(times, (now) => {
        const ahead = nextNight(now).getTime() - now.getTime();
        expect(nextNight(now).getTime() % 60_000).toBe(0);
        expect(ahead).toBeGreaterThanOrEqual(12_000);
        expect(ahead).toBeLessThanOrEqual(72_000);
      }),
    );
  });
});

describe('dailyAt', () => {
  it('names the minute and hour in UTC', () => {
    expect(dailyAt(new Date('2026-01-31T23:05:00Z'))).toBe('cron(5 23 * * ? *)');
  });
});
