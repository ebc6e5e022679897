import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PAUSE_SECONDS, retryPauseSeconds } from '../../functions/backup/retry-pause.ts';

describe('retryPauseSeconds', () => {
  it.each([
    [60, 1, 0, 0, 60],
    [60, 3, 0, 0, 240],
    [60, 1, 300, 0, 300],
    [60, 1, 0, 0.5, 75],
    [0, 4, 0, 0.9, 0],
  ])(
    'of %s s at delivery %s, asked for %s s, random %s, is %s s',
    (delay, deliveries, asked, random, pause) => {
      expect(retryPauseSeconds(delay, deliveries, asked, random)).toBe(pause);
    },
  );

  it('stays within the twelve hours of SQS, however long ago the message was received', () => {
    const longestRun = 900;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3600 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (...parameters) => {
          const pause = retryPauseSeconds(...parameters);
          expect(Number.isInteger(pause)).toBe(true);
          expect(pause + 6 * longestRun).toBeLessThanOrEqual(43_200);
        },
      ),
    );
    expect(retryPauseSeconds(3600, 9, 86_400, 0.99)).toBe(MAX_PAUSE_SECONDS);
  });
});
