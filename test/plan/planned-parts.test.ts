import { describe, expect, test } from 'vitest';
import { partsToPlan } from '../../functions/plan/planned-parts.ts';
import { parsePlanRequest } from '../../functions/plan/request.ts';
import type { ChosenState } from '../../functions/plan/state.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';
import { partsOf } from '../../functions/vault/format/documents.ts';
import { failureOf } from '../config/failure.ts';

const read = () => Promise.reject(new Error('is not read'));
const backup = (...held: TenantPart[]): ChosenState =>
  ({
    manifest: { backupId: 'b1', warnings: {}, parts: held.flatMap(partsOf).map((name) => ({ name })) },
    enrolment: { parts: held },
    read,
  }) as unknown as ChosenState;
const live = (...parts: TenantPart[]): ChosenState => ({ manifest: null, enrolment: { parts }, read });

const partsFor = (request: object, desired: ChosenState, actual: ChosenState) =>
  partsToPlan(parsePlanRequest({ tenant: 'acme', ...request }, new Date()), { desired, actual }).parts;

const OTHER = { desired: { tenant: 'source' } };

describe('the parts of a plan without named parts', () => {
  test.each<[string, object, ChosenState, ChosenState, string[]]>([
    ['all but people', {}, backup('hub', 'system', 'identity'), live('hub'), ['hub', 'system']],
    ['what the backup holds', {}, backup('hub'), live('hub', 'system'), ['hub']],
    ['the system, without a hub', {}, backup('system', 'identity'), live('hub'), ['system']],
    ['what two backups hold', {}, backup('hub', 'system'), backup('hub'), ['hub']],
    [
      'those of a workspace',
      { selection: [{ workspaces: ['a'] }] },
      backup('hub', 'system'),
      live(),
      ['hub', 'system'],
    ],
    [
      'the hub for its types',
      { selection: [{ resourceType: 'clients' }] },
      backup('hub', 'system'),
      live(),
      ['hub'],
    ],
    [
      'the system for its types',
      { selection: [{ resourceType: 'acrs' }] },
      backup('hub', 'system'),
      live(),
      ['system'],
    ],
    [
      'the hub where a type is excluded',
      { selection: { exclude: [{ resourceType: 'clients' }] } },
      backup('hub', 'system'),
      live(),
      ['hub'],
    ],
    [
      'the hub where objects are dropped',
      { transform: { drop: [{ workspaces: ['a'] }] } },
      backup('hub', 'system'),
      live(),
      ['hub'],
    ],
    ['both into another tenant', OTHER, backup('hub', 'system'), live('hub', 'system'), ['hub', 'system']],
    ['the hub into a tenant without the system', OTHER, backup('hub', 'system'), live('hub'), ['hub']],
    [
      'both of two live tenants',
      { desired: { tenant: 'source', live: true } },
      live('hub', 'system'),
      live('hub', 'system'),
      ['hub', 'system'],
    ],
  ])('are %s', (_, request, desired, actual, parts) => {
    expect(partsFor(request, desired, actual)).toEqual(parts);
  });

  test.each<[string, object, ChosenState, ChosenState, string, RegExp]>([
    ['nothing in common', {}, backup('hub'), backup('system'), 'PART_ABSENT', /no hub document/],
    ['people alone', {}, backup('identity'), live('hub'), 'PART_SEALED', /sealed data of people/],
    [
      'deletions in the system alone',
      { prune: true },
      backup('system'),
      live('hub'),
      'INVALID_REQUEST',
      /prune must be false/,
    ],
    [
      'a selection without a hub',
      { selection: [{ workspaces: ['a'] }] },
      backup('system'),
      live('hub'),
      'INVALID_REQUEST',
      /needs parts/,
    ],
  ])('are refused: %s', (_, request, desired, actual, code, message) => {
    const failure = failureOf(() => partsFor(request, desired, actual));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });
});
