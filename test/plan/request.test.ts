import { describe, expect, it } from 'vitest';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import { failureOf } from '../config/failure.ts';

describe('parsePlanRequest', () => {
  it('fills in what is not said', () => {
    expect(parsePlanRequest({ tenant: 'acme' }, new Date())).toEqual({
      tenant: 'acme',
      selection: { include: [], exclude: [], dependencies: 'add' },
      mode: 'update',
      prune: false,
    });
  });

  it('takes a list for what to include', () => {
    expect(
      parsePlanRequest({ tenant: 'acme', selection: [{ resourceType: 'clients' }] }, new Date()).selection,
    ).toEqual({
      include: [{ resourceType: 'client' }],
      exclude: [],
      dependencies: 'add',
    });
  });

  it('takes a selection of types that a tree lacks for one of the system', () => {
    const selection = [{ resourceType: 'acrs' }, { resourceType: 'roles', ids: ['admin*'] }];
    expect(parsePlanRequest({ tenant: 'acme', selection }, new Date())).toMatchObject({
      parts: ['system'],
      selection: { include: selection, dependencies: 'report' },
    });
  });

  it.each([
    [{}, 'tenant must be a string, got nothing'],
    [{ tenant: 'acme', dryRun: true }, 'unknown field "dryRun"'],
    [{ tenant: 'acme', mode: 'overwrite' }, 'mode must be one of ignore, fail, update, got "overwrite"'],
    [
      { tenant: 'acme', versionId: 'x', asOf: '2026-01-31T02:00:00Z' },
      'must have at most one of versionId and asOf',
    ],
    [
      { tenant: 'acme', tier: 'daily', desired: { live: true } },
      'must have either desired or one of versionId, asOf and tier',
    ],
    [
      { tenant: 'acme', actual: { live: true, tier: 'daily' } },
      'must have either live or one of versionId, asOf and tier',
    ],
    [
      { tenant: 'acme', selection: [{ resourceType: 'clients' }, { resourceType: 'acrs' }] },
      'selection.include.1.resourceType is not in the tree of a tenant, only in its system export, got "acrs"',
    ],
    [{ tenant: 'acme', parts: [] }, 'parts'],
    [{ tenant: 'acme', parts: ['hub', 'hub'] }, 'must name each part once'],
    [{ tenant: 'acme', parts: ['system'], prune: true }, 'prune must be false'],
    [
      { tenant: 'acme', parts: ['system'], transform: { drop: [{ ids: ['a'] }] } },
      'transform must not drop objects',
    ],
    [
      { tenant: 'acme', parts: ['hub', 'system'], selection: [{ resourceType: 'clients' }] },
      'selection must be of workspaces alone',
    ],
    [{ tenant: 'acme', credentials: 'omit' }, 'credentials must be one of restore, keep, got "omit"'],
    [
      { tenant: 'acme', transform: { credentialValues: { '/x': 'canary-value' } } },
      'must have no credentialValues',
    ],
  ])('refuses %j', (request, message) => {
    const failure = failureOf(() => parsePlanRequest(request, new Date()));
    expect(failure.code).toBe('INVALID_REQUEST');
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain('canary');
  });

  it.each([
    ['asOf', (asOf: string) => ({ asOf })],
    ['desired.asOf', (asOf: string) => ({ desired: { asOf } })],
    ['actual.asOf', (asOf: string) => ({ parts: ['system'], actual: { asOf } })],
  ])('refuses a time to come in %s', (field, fieldsOf) => {
    const now = new Date('2026-01-31T02:00:00Z');
    const asked = (asOf: string) => parsePlanRequest({ tenant: 'acme', ...fieldsOf(asOf) }, now);
    const failure = failureOf(() => asked('2026-01-31T02:01:01Z'));
    expect(failure.code).toBe('INVALID_REQUEST');
    expect(failure.message).toMatch(
      new RegExp(`^plan request: ${field} must not lie in the future \\(now 2026`),
    );
    // The clocks of two machines may differ a little.
    expect(() => asked('2026-01-31T02:01:00Z')).not.toThrow();
  });
});
