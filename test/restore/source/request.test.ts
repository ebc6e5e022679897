import { describe, expect, test } from 'vitest';
import { parseRestoreRequest } from '../../../functions/restore/source/request.ts';
import { rejectionOf } from '../../rejection.ts';

const OPERATION = '0d990263-018e-4e65-a703-eff731de951e';

describe('parseRestoreRequest', () => {
  test.each([{}, { parts: ['system'] }, { dryRun: true }])('refuses a time to come, with %j', (fields) => {
    const now = new Date('2026-01-31T02:00:00Z');
    const asked = (asOf: string) => parseRestoreRequest({ tenant: 'acme', ...fields, asOf }, now);
    expect(() => asked('2026-01-31T02:01:01Z')).toThrow(
      'restore request: asOf must not lie in the future (now 2026-01-31T02:00:00.000Z), got "2026-01-31T02:01:01Z"',
    );
    // The clocks of two machines may differ a little.
    expect(asked('2026-01-31T02:01:00Z')).toMatchObject({ asOf: '2026-01-31T02:01:00Z' });
  });

  test('restores the newest backup with mode=update where nothing else is said', () => {
    expect(parseRestoreRequest({ tenant: 'acme' }, new Date())).toEqual({
      tenant: 'acme',
      mode: 'update',
      dryRun: false,
      prune: false,
      credentials: 'restore',
      includeOwnClient: false,
      identifiers: 'fail',
      allowOtherSource: false,
      allowOldBytes: false,
      send: 'everything',
      onFailure: 'rollBack',
    });
  });

  test('takes every field', () => {
    const request = {
      tenant: 'acme',
      asOf: '2026-01-31T02:00:00Z',
      tier: 'safety',
      mode: 'fail',
      dryRun: true,
      selection: { include: [{ resourceType: 'client', ids: ['portal'] }], exclude: [], dependencies: 'add' },
      prune: { expected: 37 },
      credentials: 'keep',
      includeOwnClient: true,
      identifiers: 'fail',
      allowOtherSource: true,
      allowOldBytes: true,
      send: 'everything',
      onFailure: 'leave',
      requestedBy: 'jo, incident 4711',
    };
    expect(parseRestoreRequest(request, new Date())).toEqual(request);
    expect(parseRestoreRequest({ tenant: 'acme', versionId: 'v1' }, new Date())).toMatchObject({
      versionId: 'v1',
    });
    expect(
      parseRestoreRequest({ tenant: 'acme', prune: { createdBy: OPERATION } }, new Date()),
    ).toMatchObject({
      prune: { createdBy: OPERATION },
    });
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
    [{ tenant: 'acme', versionId: '' }, 'versionId must be the id of a version of the vault, got ""'],
    [
      { tenant: 'acme', versionId: 'v1; curl evil.example' },
      'versionId must be the id of a version of the vault, got "v1; curl evil.example"',
    ],
    [{ tenant: 'acme', asOf: 'yesterday' }, 'asOf must be a time like 2026-01-31T02:00:00Z, got "yesterday"'],
    [
      { tenant: 'acme', asOf: '2026-01-31' },
      'asOf must be a time like 2026-01-31T02:00:00Z, got "2026-01-31"',
    ],
    [
      { tenant: 'acme', asOf: '2026-01-31T02:00:00Z', versionId: 'v1' },
      'must have at most one of versionId and asOf',
    ],
    [{ tenant: 'acme', prune: 'all' }, pruneBound('"all"')],
    [{ tenant: 'acme', prune: { expected: -1 } }, 'prune.expected must be at least 0, got -1'],
    [{ tenant: 'acme', prune: { expected: 1, createdBy: OPERATION } }, pruneBound('an object')],
    [
      { tenant: 'acme', prune: { createdBy: '../locks/acme' } },
      'prune.createdBy must be the id of an operation, got "../locks/acme"',
    ],
    [{ tenant: 'acme', credentials: 'both' }, 'credentials must be one of restore, keep, got "both"'],
    [{ tenant: 'acme', onFailure: 'retry' }, 'onFailure must be one of rollBack, leave, got "retry"'],
    [{ tenant: 'acme', requestedBy: '' }, 'requestedBy must be at least 1 characters long, got ""'],
    ['acme', 'value must be an object, got a string'],
    [undefined, 'value must be an object, got nothing'],
  ])('refuses %j naming field, value and bound', async (event, message) => {
    expect(await rejectionOf(() => parseRestoreRequest(event, new Date()))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `restore request: ${message}`,
    });
  });
});

test.each(['skip', 'take'])('refuses identifiers: %s without people', async (identifiers) => {
  for (const parts of [['system'], ['hub'], ['hub', 'system']]) {
    const event = { tenant: 'acme', parts, identifiers };
    expect(await rejectionOf(() => parseRestoreRequest(event, new Date()))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/^identifiers must be "fail"/),
    });
  }
  const event = { tenant: 'acme', parts: ['identity'], identifiers };
  expect(parseRestoreRequest(event, new Date())).toMatchObject({ identifiers });
});

function pruneBound(got: string): string {
  return `prune must be true, false, {"expected": <number of objects>} or {"createdBy": <operation id>}, got ${got}`;
}
