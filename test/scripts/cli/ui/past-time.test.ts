import { afterEach, describe, expect, test, vi } from 'vitest';
import { isTenantBackupError } from '../../../../functions/errors.ts';
import { type DayMeans, parsePastTime } from '../../../../scripts/cli/ui/times.ts';
import { DOUBTFUL_PHRASES, PAST_PHRASES } from '../time-phrases.ts';

const HOUR = 3_600_000;
const ZONES = ['UTC', 'Europe/Paris', 'America/St_Johns', 'Pacific/Auckland', 'Africa/Cairo'];

/** A week hour by hour, and the hours around ends of months and of years, and changes of summer time. */
const MOMENTS = [
  ...hoursFrom('2026-02-22T00:30:00Z', 7 * 24),
  ...['2026-02-28', '2026-03-28', '2026-04-04', '2026-04-23', '2026-05-30', '2026-10-24', '2026-10-29']
    .concat(['2026-12-30', '2027-03-30', '2028-02-28', '2026-03-31', '2026-09-26'])
    .flatMap((day) => hoursFrom(`${day}T12:30:00Z`, 48)),
];

function hoursFrom(first: string, count: number): Date[] {
  return Array.from({ length: count }, (_, hour) => new Date(Date.parse(first) + hour * HOUR));
}

afterEach(() => vi.unstubAllEnvs());

describe.each(ZONES)('in %s, whenever it is said', (zone) => {
  test.each(PAST_PHRASES)('%j is understood, and never a time to come', (phrase) => {
    vi.stubEnv('TZ', zone);
    expect(toCome((now, dayMeans) => parsePastTime(phrase, '--as-of', now, dayMeans))).toEqual([]);
  });

  test.each(DOUBTFUL_PHRASES)('%j is refused, or was', (phrase) => {
    vi.stubEnv('TZ', zone);
    expect(toCome((now, dayMeans) => timeOrRefusal(phrase, now, dayMeans))).toEqual([]);
  });
});

/** When a phrase is read as a time to come. */
function toCome(read: (now: Date, dayMeans: DayMeans) => Date): string[] {
  return MOMENTS.flatMap((now) =>
    (['beginning', 'end'] as const)
      .filter((dayMeans) => !(read(now, dayMeans) <= now))
      .map((dayMeans) => `${dayMeans} at ${now.toISOString()}`),
  );
}

function timeOrRefusal(phrase: string, now: Date, dayMeans: DayMeans): Date {
  try {
    return parsePastTime(phrase, '--as-of', now, dayMeans);
  } catch (error) {
    if (isTenantBackupError(error) && error.code === 'INVALID_REQUEST') return new Date(0);
    throw error;
  }
}

describe('the latest such time before now', () => {
  /** A Monday. */
  const NOW = new Date('2026-03-09T12:00:00Z');

  test.each([
    ['monday', '2026-03-01T23:00:00.000Z', '2026-03-02T22:59:59.999Z'],
    ['sunday', '2026-03-07T23:00:00.000Z', '2026-03-08T22:59:59.999Z'],
    ['tuesday', '2026-03-02T23:00:00.000Z', '2026-03-03T22:59:59.999Z'],
    ['5 january', '2026-01-04T23:00:00.000Z', '2026-01-05T22:59:59.999Z'],
    ['5 july', '2025-07-04T22:00:00.000Z', '2025-07-05T21:59:59.999Z'],
    ['29 february', '2024-02-28T23:00:00.000Z', '2024-02-29T22:59:59.999Z'],
    ['3d', '2026-03-05T23:00:00.000Z', '2026-03-06T22:59:59.999Z'],
    ['1 month ago', '2026-02-08T23:00:00.000Z', '2026-02-09T22:59:59.999Z'],
  ])('%j is a whole day that is over, as of its end', (phrase, beginning, end) => {
    vi.stubEnv('TZ', 'Europe/Paris');
    expect(parsePastTime(phrase, '--as-of', NOW, 'end').toISOString()).toBe(end);
    const since = phrase === 'monday' ? '2026-03-08T23:00:00.000Z' : beginning;
    expect(parsePastTime(phrase, '--since', NOW, 'beginning').toISOString()).toBe(since);
  });

  test.each([
    ['monday 12:00', '2026-03-09T11:00:00.000Z'],
    ['monday 14:00', '2026-03-02T13:00:00.000Z'],
    ['last monday 12:00', '2026-03-02T11:00:00.000Z'],
    ['23:00', '2026-03-08T22:00:00.000Z'],
    ['12:59', '2026-03-09T11:59:00.000Z'],
    ['5 mar 02:00', '2026-03-05T01:00:00.000Z'],
    ['9 march 14:00', '2025-03-09T13:00:00.000Z'],
    ['10m', '2026-03-09T11:50:00.000Z'],
    ['2h', '2026-03-09T10:00:00.000Z'],
    ['1 h 30 min ago', '2026-03-09T10:30:00.000Z'],
    ['1.5 hours ago', '2026-03-09T10:30:00.000Z'],
    ['14:30 utc', '2026-03-08T14:30:00.000Z'],
    ['yesterday 23:30 UTC', '2026-03-08T23:30:00.000Z'],
  ])('%j', (phrase, expected) => {
    vi.stubEnv('TZ', 'Europe/Paris');
    expect(parsePastTime(phrase, '--as-of', NOW, 'end').toISOString()).toBe(expected);
  });

  test.each(['today', '2026-03-09', '0 days ago'])('%j is not over, and ends now', (phrase) => {
    vi.stubEnv('TZ', 'Europe/Paris');
    expect(parsePastTime(phrase, '--as-of', NOW, 'end')).toEqual(NOW);
  });

  test('an hour that summer time repeats is the second one, once that was', () => {
    vi.stubEnv('TZ', 'Europe/Paris');
    const at = (now: string) => parsePastTime('02:30', '--as-of', new Date(now), 'end').toISOString();
    expect(at('2026-10-25T02:00:00Z')).toBe('2026-10-25T01:30:00.000Z');
    expect(at('2026-10-25T01:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-10-25T00:00:00Z')).toBe('2026-10-24T00:30:00.000Z');
  });

  test('an hour that summer time leaves out is that of the day before', () => {
    vi.stubEnv('TZ', 'Europe/Paris');
    const time = parsePastTime('02:30', '--as-of', new Date('2026-03-29T10:00:00Z'), 'end');
    expect(time.toISOString()).toBe('2026-03-28T01:30:00.000Z');
  });
});

describe('refused', () => {
  const NOW = new Date('2026-03-31T12:00:00Z');

  test.each(['tomorrow', 'in 2 hours', '2026-04-01', '2027-01-01', 'today 23:00', '2026-03-31T12:00:01Z'])(
    '%j is a time to come',
    (phrase) => {
      vi.stubEnv('TZ', 'Europe/Paris');
      expect(() => parsePastTime(phrase, '--as-of', NOW, 'end')).toThrow(
        /^--as-of must not be in the future \(now 2026-03-31 14:00 \+02:00\), got ".+", which is 202[67]-/,
      );
    },
  );

  test.each([
    '2026-13-01',
    '2026-13-45',
    '2026-00-01',
    '2026-02-30',
    '2025-02-29',
    '31 june',
    '30 february',
    '31 april 2025',
    '1 month ago',
    '2026-03-29 02:30',
    '24:00',
    '13 pm',
    '0:30 am',
    '2026-01-31T25:00:00Z',
    '2026-01-31T02:60:00Z',
    '2026-01-31T02:00:00+25:00',
    '999999 days ago',
    '2026 years ago',
  ])('%j never was', (phrase) => {
    vi.stubEnv('TZ', 'Europe/Paris');
    expect(() => parsePastTime(phrase, '--as-of', NOW, 'end')).toThrow(
      /^--as-of must be an existing time, got/,
    );
  });
});
