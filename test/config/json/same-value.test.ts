import fc from 'fast-check';
import { expect, it } from 'vitest';
import { durationNanoseconds, identical, sameScalar } from '../../../functions/config/json/same-value.ts';
import { anyJson } from '../any-json.ts';

it.each([
  ['60m0s', 3600e9],
  ['1h0m0s', 3600e9],
  ['1h', 3600e9],
  ['1.5s', 1.5e9],
  ['.5s', 0.5e9],
  ['250ms', 250e6],
  ['3us', 3e3],
  ['3µs', 3e3],
  ['7ns', 7],
  ['-1m', -60e9],
  ['0', 0],
  ['1', undefined],
  ['', undefined],
  ['1h30', undefined],
  ['1 h', undefined],
  ['h', undefined],
])('reads the duration %j as %s nanoseconds', (text, nanoseconds) => {
  expect(durationNanoseconds(text)).toBe(nanoseconds);
});

it.each([
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000000Z', true],
  ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.10Z', true],
  ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123456788Z', false],
  ['2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00Z', true],
  ['2026-01-01T00:00:00Z', '2026-01-01', false],
])('says of the times %s and %s being one: %s', (a, b, same) => {
  expect(sameScalar('when', a, b)).toBe(same);
  expect(sameScalar('when', b, a)).toBe(same);
});

it('finds two documents identical exactly if their JSON is, whatever the order of members', () => {
  fc.assert(
    fc.property(anyJson, anyJson, (a, b) => {
      expect(identical(a, structuredClone(a))).toBe(true);
      let equal = true;
      try {
        expect(b).toStrictEqual(a);
      } catch {
        equal = false;
      }
      expect(identical(a, b)).toBe(equal);
    }),
  );
  expect(identical({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 })).toBe(true);
  expect(identical({ a: 1 }, { b: 1 })).toBe(false);
  expect(identical([], {})).toBe(false);
});
