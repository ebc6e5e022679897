import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDumps } from '../../../functions/config/compare/compare-dumps.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { countDumpObjects } from '../../../functions/config/model/dump-objects.ts';
import { identityDump, regenerated, shuffled, systemDump } from '../any-dump.ts';
import { CANARY, type Tree } from '../arbitraries.ts';
import { leavesOf, setAt } from '../leaves.ts';

/** Members that an import, a rotation or time itself changes, and the ids that objects are matched by. */
const IGNORED =
  /\/(created_at|updated_at|scheduled_at|version|tenant_id|server_id|authorization_server_id|user_pool_id)$|^\/(claims|scopes_without_service)\/\d+\/id$|\/scopes\/\d+\/id$|^\/codes\//;
/** Changing one of these makes another object of it, or binds it to another one. */
const IDENTITY =
  /^\/[a-z_]+\/\d+\/(id|client_id|webhook_id|type|name|target_fk|role|protected_type|(group|user|service)_id|(subject|resource)\/.*)$|^\/services\/\d+\/(scopes|apis)\/\d+\/(id|name|service_id)$/;
const total = (dump: Tree): number =>
  Object.entries(countDumpObjects(dump)).reduce(
    (sum, [type, count]) => sum + (type === 'codes' ? 0 : count),
    0,
  );
const anyDump = fc.oneof(systemDump, identityDump);

describe('compareDumps on generated dumps', () => {
  it('finds no difference in another order, and compares every object', () => {
    fc.assert(
      fc.property(anyDump, fc.nat(), (dump: Tree, seed) => {
        const count = total(dump);
        expect(compareDumps(dump, shuffled(dump, seed))).toEqual({
          compared: count,
          equal: count,
          extra: 0,
          drift: [],
          differences: [],
        });
      }),
    );
  });

  it('sees through the ids of scopes and claims that an import has made anew', () => {
    fc.assert(
      fc.property(systemDump, fc.nat(), (dump: Tree, seed) => {
        expect(compareDumps(dump, shuffled(regenerated(dump), seed)).differences).toEqual([]);
      }),
    );
  });

  it('finds any single change, in whatever order, and shows no credential and nothing of people', () => {
    let shown = 0;
    fc.assert(
      fc.property(anyDump, fc.nat(), fc.nat(), (dump: Tree, pick, seed) => {
        const leaves = leavesOf(dump).filter(
          // A list that is null is no object: something in its place would be one more.
          ({ pointer, value: leaf }) =>
            !IGNORED.test(pointer) &&
            !IDENTITY.test(pointer) &&
            !(leaf === null && /^\/[^/]+$/.test(pointer)),
        );
        const { pointer, value } = leaves[pick % leaves.length] as { pointer: string; value: Json };
        const changed = structuredClone(dump);
        setAt(changed, pointer, typeof value === 'string' ? `${value}-changed` : 'changed');
        const comparison = compareDumps(dump, shuffled(changed, seed));
        expect(
          comparison.differences.map(({ kind }) => kind),
          pointer,
        ).toEqual(['changed']);
        const [property, ...others] = comparison.differences[0]?.properties ?? [];
        expect(others).toEqual([]);
        expect(`${pointer}/`.startsWith(`${property?.pointer}/`)).toBe(true);
        expect(JSON.stringify(comparison)).not.toContain(CANARY);
        if (property?.secret === false) shown++;
      }),
      { numRuns: 500 },
    );
    expect(shown).toBeGreaterThan(50);
  });

  it('finds an object that is gone, and an object more', () => {
    fc.assert(
      fc.property(anyDump, fc.nat(), (dump: Tree, pick) => {
        const lists = Object.keys(dump).filter(
          (name) =>
            Array.isArray(dump[name]) &&
            dump[name].length > 0 &&
            !['codes', 'services', 'scopes_without_service'].includes(name),
        );
        const name = lists[pick % lists.length] as string;
        const less = structuredClone(dump);
        less[name].splice(pick % less[name].length, 1);
        expect(compareDumps(dump, less).differences.map(({ type, kind }) => [type, kind])).toEqual([
          [name, 'missing'],
        ]);
        const back = compareDumps(less, dump);
        expect(back.differences.map(({ type, kind }) => [type, kind])).toEqual([[name, 'extra']]);
        expect(back.equal).toBe(back.compared);
      }),
    );
  });
});

describe('compareDumps', () => {
  const one = (type: string, expected: Tree, actual: Tree) =>
    compareDumps({ [type]: [expected] }, { [type]: [actual] }).differences;

  it('says what differs, with values and the place in the expected dump', () => {
    const expected = { clients: [{ client_id: 'a' }, { client_id: 'b', trusted: true }] };
    const actual = { clients: [{ client_id: 'b', trusted: false }, { client_id: 'c' }] };
    expect(compareDumps(expected, actual)).toEqual({
      compared: 2,
      equal: 0,
      extra: 1,
      drift: [],
      differences: [
        { type: 'clients', id: 'a', pointer: '/clients/0', kind: 'missing', properties: [] },
        {
          type: 'clients',
          id: 'b',
          pointer: '/clients/1',
          kind: 'changed',
          properties: [{ pointer: '/clients/1/trusted', expected: true, actual: false, secret: false }],
        },
        { type: 'clients', id: 'c', pointer: '/clients/1', kind: 'extra', properties: [] },
      ],
    });
  });

  it.each([
    ['empties', 'clients', { client_id: 'a', name: '', list: [] }, { client_id: 'a', map: null }],
    ['durations', 'servers', { id: 's', access_token_ttl: '60m' }, { id: 's', access_token_ttl: '1h0m0s' }],
    [
      'the order of texts',
      'clients',
      { client_id: 'a', scopes: ['a', 'b'] },
      { client_id: 'a', scopes: ['b', 'a'] },
    ],
    ['times of the server', 'acrs', { id: 'a', updated_at: 1 }, { id: 'a', updated_at: 2 }],
  ])('is forgiving as to %s', (_what, type, expected, actual) => {
    expect(one(type, expected, actual)).toEqual([]);
  });

  it.each([
    ['false from true', 'clients', { client_id: 'a', trusted: false }, { client_id: 'a', trusted: true }],
    [
      'the order of lists in free-form JSON',
      'servers',
      { id: 's', metadata: { a: ['x', 'y'] } },
      { id: 's', metadata: { a: ['y', 'x'] } },
    ],
    [
      'a signing key that was replaced',
      'servers',
      { id: 's', jwks: { keys: [{ kid: '1' }] } },
      { id: 's', jwks: { keys: [{ kid: '2' }] } },
    ],
    [
      'a client in another workspace',
      'clients',
      { client_id: 'a', authorization_server_id: 'x' },
      { client_id: 'a', authorization_server_id: 'y' },
    ],
    [
      'the policy of a point',
      'policy_execution_points',
      { server_id: 's', type: 'server_user_token', target_fk: 's', policy_id: 'p' },
      { server_id: 's', type: 'server_user_token', target_fk: 's', policy_id: 'q' },
    ],
  ])('tells %s', (_what, type, expected, actual) => {
    expect(one(type, expected, actual)).not.toEqual([]);
  });

  it('tells a point that is bound to another scope', () => {
    const dump = (target_fk: string) => ({
      scopes_without_service: [
        { authorization_server_id: 's', id: '1', name: 'read' },
        { authorization_server_id: 's', id: '2', name: 'write' },
      ],
      policy_execution_points: [{ server_id: 's', type: 'scope_user_grant', target_fk, policy_id: 'p' }],
    });
    expect(compareDumps(dump('1'), dump('2')).differences.map(({ id, kind }) => [id, kind])).toEqual([
      ['scope_user_grant/read', 'missing'],
      ['scope_user_grant/write', 'extra'],
    ]);
  });

  it('leaves out what happens at runtime, and what it is asked to ignore', () => {
    const expected = {
      audit_events: [{ event_id: '1' }],
      clients: [{ client_id: 'own' }, { client_id: 'a' }],
    };
    const ignore = ({ id }: { id: string }) => id === 'own';
    expect(compareDumps(expected, { clients: [] }, { ignore })).toMatchObject({
      compared: 1,
      equal: 0,
      extra: 0,
    });
  });

  it('hides values at places that the caller calls secret', () => {
    const differences = compareDumps(
      { clients: [{ client_id: 'a', note: 'x' }] },
      { clients: [{ client_id: 'a', note: 'y' }] },
      { secretPointers: ['/clients/0/note'] },
    ).differences;
    expect(differences[0]?.properties).toEqual([{ pointer: '/clients/0/note', secret: true }]);
  });
});
