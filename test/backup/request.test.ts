import { describe, expect, test } from 'vitest';
import { parseBackupRequest } from '../../functions/backup/request.ts';
import { rejectionOf } from '../rejection.ts';

const good = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' };

describe('parseBackupRequest', () => {
  test('takes what dispatch sends', () => {
    expect(parseBackupRequest(JSON.stringify(good))).toEqual(good);
    const described = { ...good, description: 'before "release 7"' };
    expect(parseBackupRequest(JSON.stringify(described))).toEqual(described);
  });

  test.each<[body: string, message: string]>([
    ['', 'must be a JSON object'],
    ['{"tenant":', 'must be a JSON object'],
    ['canary-secret', 'must be a JSON object'],
    ['"canary-secret"', 'value must be an object, got a string'],
    [JSON.stringify({ ...good, mode: 'x' }), 'unknown field "mode"'],
    [JSON.stringify({ ...good, tenant: undefined }), 'tenant must be a string, got nothing'],
    [
      JSON.stringify({ ...good, tenant: '-acme' }),
      'tenant must be 1 to 63 lower-case letters, digits and inner hyphens, got "-acme"',
    ],
    [
      JSON.stringify({ ...good, tenant: { clientSecret: 'canary' } }),
      'tenant must be a string, got an object',
    ],
    [
      JSON.stringify({ ...good, description: 'two\nlines' }),
      'description must be printable ASCII, got "two\\nlines"',
    ],
    [
      JSON.stringify({ ...good, description: 'x'.repeat(201) }),
      `description must be at most 200 characters long, got "${'x'.repeat(99)}…`,
    ],
    [
      JSON.stringify({ ...good, tier: 'safety' }),
      'tier must be one of daily, weekly, monthly, yearly, manual, got "safety"',
    ],
    [
      JSON.stringify({ ...good, scheduledTime: '31.01.2026' }),
      'scheduledTime must be a time like 2026-01-31T02:00:00Z, got "31.01.2026"',
    ],
  ])('refuses %s naming field, value and bound', async (body, message) => {
    const error = await rejectionOf(() => parseBackupRequest(body));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: `backup request: ${message}` });
    expect(error.message).not.toContain('canary');
  });
});
