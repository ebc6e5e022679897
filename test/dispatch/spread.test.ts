import fc from 'fast-check';
import { expect, test } from 'vitest';
import { delaySecondsOf } from '../../functions/dispatch/spread.ts';

const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}[a-z0-9]$/);

test('is a whole number of seconds within the spread', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 900 }), (name, spread) => {
      const delay = delaySecondsOf(name, spread);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(spread);
    }),
  );
});

test('is nothing without a spread', () => {
  expect(delaySecondsOf('acme', 0)).toBe(0);
});

test('has as many tenants at each moment as at any other, however alike their names', () => {
  const minutes = new Array<number>(15).fill(0);
  for (let index = 0; index < 15_000; index++) {
    const minute = Math.floor(delaySecondsOf(`tenant-${index}`, 900) / 60);
    minutes[minute] = (minutes[minute] ?? 0) + 1;
  }
  // A thousand each; four standard deviations are about 125.
  for (const count of minutes) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
