import { describe, expect, test } from 'vitest';
import { parseRestoreRequest } from '../../functions/restore/request.ts';
import { rejectionOf } from '../rejection.ts';

describe('parseRestoreRequest', () => {
  test('restores the newest backup with mode=update where nothing else is said', () => {
    expect(parseRestoreRequest({ tenant: 'acme' })).toEqual({
      tenant: 'acme',
      mode: 'update',
      dryRun: false,
    });
  });

  test('takes every field', () => {
    const request = {
      tenant: 'acme',
      asOf: '2026-01-31T02:00:00Z',
      tier: 'safety',
      mode: 'fail',
      dryRun: true,
    };
    expect(parseRestoreRequest(request)).toEqual(request);
    expect(parseRestoreRequest({ tenant: 'acme', versionId: 'v1' })).toMatchObject({ versionId: 'v1' });
  });

  test.each<[event: unknown, message: string]>([
    [{}, 'tenant must be a string, got nothing'],
    [{ tenant: '' }, 'tenant must be 1 to 63 lower-case letters, digits and inner hyphens, got ""'],
    [{ tenant: 'acme', dry_run: true }, 'unknown field "dry_run"'],
    [{ tenant: 'acme', dryRun: 'true' }, 'dryRun must be a boolean, got "true"'],
    [{ tenant: 'acme', mode: 'overwrite' }, 'mode must be one of ignore, fail, update, got "overwrite"'],
    [
      { tenant: 'acme', tier: 'hourly' },
      'tier must be one of daily, weekly, monthly, yearly, manual, safety, got "hourly"',
    ],
    [{ tenant: 'acme', versionId: '' }, 'versionId must be at least 1 characters long, got ""'],
    [{ tenant: 'acme', asOf: 'yesterday' }, 'asOf must be a time like 2026-01-31T02:00:00Z, got "yesterday"'],
    [
      { tenant: 'acme', asOf: '2026-01-31' },
      'asOf must be a time like 2026-01-31T02:00:00Z, got "2026-01-31"',
    ],
    [
      { tenant: 'acme', asOf: '2026-01-31T02:00:00Z', versionId: 'v1' },
      'must have at most one of versionId and asOf',
    ],
    ['acme', 'value must be an object, got a string'],
    [undefined, 'value must be an object, got nothing'],
  ])('refuses %j naming field, value and bound', async (event, message) => {
    expect(await rejectionOf(() => parseRestoreRequest(event))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `restore request: ${message}`,
    });
  });
});
