import { describe, expect, test } from 'vitest';
import { parseDrillRequest, parseProbeRequest } from '../../functions/drill/request.ts';
import { parseDrillSettings } from '../../functions/drill/settings.ts';
import { rejectionOf } from '../rejection.ts';

describe('a drill request', () => {
  test.each([{}, { tenant: 'acme' }, { tenant: 'acme', into: 'scratch' }, { tenant: 'big--acme' }])(
    'may be %j',
    (request) => {
      expect(parseDrillRequest(request, { into: 'scratch' })).toEqual(request);
    },
  );

  test.each<[request: unknown, message: RegExp]>([
    [{ tenant: 'acme', into: 'acme' }, /into must be "scratch", the scratch tenant of this deployment/],
    [{ tenant: 'acme', versionId: 'v1' }, /unknown field "versionId"/],
    [{ tenant: 'Acme' }, /tenant must be 1 to 63 lower-case/],
    [{ tenant: '' }, /tenant must be 1 to 63 lower-case/],
    ['acme', /must be an object/],
    [null, /must be an object/],
  ])('may not be %j', async (request, message) => {
    const error = await rejectionOf(async () => parseDrillRequest(request, { into: 'scratch' }));
    expect(error.code).toBe('INVALID_REQUEST');
    expect(error.message).toMatch(message);
  });
});

describe('a probe request', () => {
  test('names the scratch tenant', () => {
    expect(parseProbeRequest({ probe: 'scratch' }, { into: 'scratch' })).toEqual({ probe: 'scratch' });
  });

  test.each([{}, { tenant: 'acme' }, null, 'probe'])('is not %j', (request) => {
    expect(parseProbeRequest(request, { into: 'scratch' })).toBeNull();
  });

  test.each<[request: unknown, message: RegExp]>([
    [{ probe: 'acme' }, /probe must be "scratch", the scratch tenant of this deployment, got "acme"/],
    [{ probe: 'scratch', tenant: 'acme' }, /unknown field "tenant"/],
    [{ probe: true }, /probe must be/],
  ])('may not be %j', async (request, message) => {
    const error = await rejectionOf(async () => parseProbeRequest(request, { into: 'scratch' }));
    expect(error.code).toBe('INVALID_REQUEST');
    expect(error.message).toMatch(message);
  });
});

test.each(['', 'scratch', '{}', '{"into":"scratch","prune":true}'])(
  'the settings %j are none',
  async (text) => {
    expect((await rejectionOf(async () => parseDrillSettings(text, 'DRILL_SETTINGS'))).code).toBe(
      'INVALID_ENVIRONMENT',
    );
  },
);
