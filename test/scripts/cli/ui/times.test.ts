import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { showBytes, showDuration } from '../../../../functions/units.ts';
import { parseTime, showMeasured, showTime, showTimeAndAge } from '../../../../scripts/cli/ui/times.ts';

/** A Tuesday. */
const NOW = new Date('2026-03-10T12:00:00Z');

beforeEach(() => vi.stubEnv('TZ', 'Europe/Paris'));
afterEach(() => vi.unstubAllEnvs());

describe('parseTime', () => {
  test.each([
    ['2 h ago', '2026-03-10T10:00:00.000Z'],
    ['2h ago', '2026-03-10T10:00:00.000Z'],
    ['30 min ago', '2026-03-10T11:30:00.000Z'],
    ['now', '2026-03-10T12:00:00.000Z'],
    ['yesterday 14:00', '2026-03-09T13:00:00.000Z'],
    ['yesterday at 3am', '2026-03-09T02:00:00.000Z'],
    ['2026-01-31T02:00:00Z', '2026-01-31T02:00:00.000Z'],
    ['2026-01-31T02:00:00+05:00', '2026-01-30T21:00:00.000Z'],
    ['2026-01-31 02:00', '2026-01-31T01:00:00.000Z'],
    ['31 Jan 2026 02:00 UTC', '2026-01-31T02:00:00.000Z'],
  ])('reads %j, in the zone of this machine where it names none', (text, expected) => {
    expect(parseTime(text, '--at', NOW, 'end').toISOString()).toBe(expected);
  });

  test.each([
    ['yesterday', '2026-03-08T23:00:00.000Z', '2026-03-09T22:59:59.999Z'],
    ['2026-01-31', '2026-01-30T23:00:00.000Z', '2026-01-31T22:59:59.999Z'],
    ['3 days ago', '2026-03-06T23:00:00.000Z', '2026-03-07T22:59:59.999Z'],
    ['tomorrow', '2026-03-10T23:00:00.000Z', '2026-03-11T22:59:59.999Z'],
    ['in 2 months', '2026-05-09T22:00:00.000Z', '2026-05-10T21:59:59.999Z'],
    ['2027-01-31', '2027-01-30T23:00:00.000Z', '2027-01-31T22:59:59.999Z'],
    ['last monday', '2026-03-08T23:00:00.000Z', '2026-03-09T22:59:59.999Z'],
  ])('takes %j as a whole day', (text, beginning, end) => {
    expect(parseTime(text, '--since', NOW, 'beginning').toISOString()).toBe(beginning);
    expect(parseTime(text, '--as-of', NOW, 'end').toISOString()).toBe(end);
  });

  test.each([
    '',
    'soon',
    'last night',
    'yesterday evening',
    '01/02/2026',
    '1.2.2026',
    'yesterday or so',
    'monday to friday',
    '1735689600',
    'yesterday EST',
    '9999999999 days ago',
    '-2 h ago',
    'december',
  ])('refuses %j, which may mean two times or none', (text) => {
    expect(() => parseTime(text, '--as-of', NOW, 'end')).toThrow(/^--as-of must be a time such as/);
  });
});

test('a time is shown with its offset, which changes with summer time', () => {
  expect(showTime(new Date('2026-01-31T02:00:00Z'))).toBe('2026-01-31 03:00 +01:00');
  expect(showTime(new Date('2026-07-31T02:00:00Z'))).toBe('2026-07-31 04:00 +02:00');
  vi.stubEnv('TZ', 'UTC');
  expect(showTime(new Date('2026-01-31T02:00:00Z'))).toBe('2026-01-31 02:00 UTC');
  vi.stubEnv('TZ', 'America/St_Johns');
  expect(showTime(new Date('2026-01-31T02:00:00Z'))).toBe('2026-01-30 22:30 -03:30');
});

test('a time is shown with its age', () => {
  expect(showTimeAndAge(new Date('2026-03-10T02:00:00Z'), NOW)).toBe('2026-03-10 03:00 +01:00 (10 h ago)');
  expect(showTimeAndAge(new Date('2026-03-12T12:00:00Z'), NOW)).toBe('2026-03-12 13:00 +01:00 (in 2 d)');
});

test.each([
  [0, '0 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [90 * 60_000, '90 min'],
  [36 * 3_600_000, '36 h'],
  [48 * 3_600_000, '2 d'],
  [-5, '0 s'],
])('%d ms is %s', (milliseconds, text) => {
  expect(showDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [0.44, '0.4 s'],
  [9.5, '9.5 s'],
  [41.2, '41 s'],
  [600, '10 min'],
])('%d measured seconds are %s', (seconds, text) => {
  expect(showMeasured(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [123_456, '123 kB'],
  [12_345_678, '12.3 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(showBytes(bytes)).toBe(text);
});
