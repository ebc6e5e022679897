import { describe, expect, test } from 'vitest';
import { parseDispatchRequest } from '../../functions/dispatch/request.ts';
import { rejectionOf } from '../rejection.ts';

const NOW = new Date('2026-01-31T02:00:07.891Z');

describe('parseDispatchRequest', () => {
  test('takes the event of a schedule', () => {
    const event = { schedule: 'nightly', tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' };
    expect(parseDispatchRequest(event, NOW)).toEqual({ ...event, spreadMinutes: 0 });
  });

  test('takes the event of a schedule that stores only changes', () => {
    const event = { schedule: 'often', scheduledTime: '2026-01-31T02:00:00Z', storeUnchanged: false };
    expect(parseDispatchRequest(event, NOW)).toMatchObject(event);
  });

  test('takes tenants to back up now', () => {
    expect(parseDispatchRequest({ tenants: ['acme'] }, NOW)).toEqual({
      tenants: ['acme'],
      tier: 'manual',
      scheduledTime: '2026-01-31T02:00:07Z',
      spreadMinutes: 0,
    });
  });

  test.each([
    ['2026-01-31T03:00:00+01:00', '2026-01-31T02:00:00Z'],
    ['2026-01-31T01:59:59.999Z', '2026-01-31T01:59:59Z'],
    ['2026-01-31T02:01:07Z', '2026-01-31T02:01:07Z'],
    ['2026-01-30T02:00:08Z', '2026-01-30T02:00:08Z'],
  ])('turns %s into %s', (scheduledTime, expected) => {
    expect(parseDispatchRequest({ schedule: 'x', scheduledTime }, NOW).scheduledTime).toBe(expected);
  });

  test.each<[selection: object, message: string]>([
    [{}, 'selection of a backup must include or exclude something'],
    [{ dependencies: 'report' }, 'selection of a backup must include or exclude something'],
    [
      [{ ids: Array.from({ length: 100 }, (_, index) => `${index}`.padStart(50, 'x')) }],
      'selection of a backup must have at most 4096 characters as JSON, got ',
    ],
    [[{ ids: ['\u00fc'.repeat(1000)] }], 'at most 4096 characters as JSON, got 60'],
  ])(
    'refuses limits that no manifest can hold before any request is sent: %#',
    async (selection, message) => {
      const error = await rejectionOf(async () =>
        parseDispatchRequest({ tenants: ['acme'], selection }, NOW),
      );
      expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining(message) });
    },
  );

  test.each<[event: unknown, message: string]>([
    [{}, 'either schedule or tenants must be given'],
    [{ schedule: 'nightly', tenants: ['acme'] }, 'either schedule or tenants must be given'],
    [{ schedule: 'x', spreadMinutes: 16 }, 'spreadMinutes must be at most 15, got 16'],
    [
      { tenants: ['acme'], storeUnchanged: false },
      'storeUnchanged must be given with a schedule alone, got false',
    ],
    [{ schedule: 'x', storeUnchanged: true }, 'storeUnchanged must be one of false, got true'],
    [{ tenant: 'acme' }, 'unknown field "tenant"'],
    [{ schedule: '' }, 'schedule must be at least 1 characters long, got ""'],
    [{ tenants: [] }, 'tenants must be at least 1 entries long, got []'],
    [
      { tenants: ['acme', 'Acme'] },
      'tenants.1 must be 1 to 63 lower-case letters, digits and inner hyphens, got "Acme"',
    ],
    [
      { tenants: ['../acme'] },
      'tenants.0 must be 1 to 63 lower-case letters, digits and inner hyphens, got "../acme"',
    ],
    [
      { schedule: 'x', tier: 'safety' },
      'tier must be one of daily, weekly, monthly, yearly, manual, got "safety"',
    ],
    [
      { schedule: 'x', scheduledTime: '<aws.scheduler.scheduled-time>' },
      'scheduledTime must be a time like 2026-01-31T02:00:00Z, got "<aws.scheduler.scheduled-time>"',
    ],
    [
      { schedule: 'x', scheduledTime: '2026-02-30T00:00:00Z' },
      'scheduledTime must be a time like 2026-01-31T02:00:00Z, got "2026-02-30T00:00:00Z"',
    ],
    [
      { schedule: 'x', scheduledTime: '2026-01-31T02:00:00' },
      'scheduledTime must be a time like 2026-01-31T02:00:00Z, got "2026-01-31T02:00:00"',
    ],
    [{ schedule: 'x', scheduledTime: 1769824800 }, 'scheduledTime must be a string, got 1769824800'],
    [
      { schedule: 'x', scheduledTime: '2026-01-30T02:00:07Z' },
      'scheduledTime must be at most 24 hours old (now 2026-01-31T02:00:07.891Z), got "2026-01-30T02:00:07Z"',
    ],
    [
      { schedule: 'x', scheduledTime: '2026-01-31T02:01:08Z' },
      'scheduledTime must not lie in the future (now 2026-01-31T02:00:07.891Z), got "2026-01-31T02:01:08Z"',
    ],
    ['nightly', 'value must be an object, got a string'],
    [null, 'value must be an object, got null'],
    [[], 'value must be an object, got an array'],
  ])('refuses %j naming field, value and bound', async (event, message) => {
    expect(await rejectionOf(() => parseDispatchRequest(event, NOW))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `dispatch request: ${message}`,
    });
  });

  test('leaves the event as it is', () => {
    const event = Object.freeze({ schedule: 'nightly' });
    parseDispatchRequest(event, NOW);
    expect(event).toEqual({ schedule: 'nightly' });
  });
});
