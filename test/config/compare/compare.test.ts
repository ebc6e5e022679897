import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import type { Comparison } from '../../../functions/config/compare/compare-objects.ts';
import { type Json, parseJson } from '../../../functions/config/json/json.ts';
import { parsePointer } from '../../../functions/config/json/pointer.ts';
import { countObjects } from '../../../functions/config/model/objects.ts';
import { CANARY, type Tree, tenant } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';
import { isVolatileHere, leavesOf, setAt } from '../leaves.ts';

/** Pointers of what differs between two workspaces, by the properties of the workspace itself. */
const differing = (expected: Json, actual: Json): string[] =>
  compareTrees(expected, actual, { shape: 'workspace' }).differences.flatMap(
    ({ pointer, kind, properties }) =>
      kind === 'changed' ? properties.map((property) => property.pointer) : [`${kind} ${pointer}`],
  );

const kinds = ({ differences }: Comparison): string[] =>
  differences.map(({ kind, pointer }) => `${kind} ${pointer}`);

describe('compareTrees on generated tenants', () => {
  it('finds no difference between a tenant and itself, and compares every object', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const total = Object.values(countObjects(tree)).reduce((sum, count) => sum + count, 0);
        expect(compareTrees(tree, structuredClone(tree))).toEqual({
          compared: total,
          equal: total,
          extra: 0,
          drift: [],
          differences: [],
        });
      }),
    );
  });

  it('finds any single change, names it, and shows it unless it is a credential', () => {
    fc.assert(
      fc.property(tenant, fc.nat(), fc.boolean(), (tree: Tree, pick, forwards) => {
        const leaves = leavesOf(tree).filter(({ pointer }) => !isVolatileHere(pointer));
        const { pointer, value } = leaves[pick % leaves.length] as { pointer: string; value: Json };
        const changed = structuredClone(tree);
        setAt(changed, pointer, typeof value === 'string' ? `${value}-changed` : 'changed');
        const comparison = forwards ? compareTrees(tree, changed) : compareTrees(changed, tree);
        expect(comparison.differences, pointer).toHaveLength(1);
        const [difference] = comparison.differences;
        expect(pointer.startsWith(difference?.pointer ?? '?')).toBe(true);
        expect(comparison.equal).toBe(comparison.compared - (difference?.kind === 'extra' ? 0 : 1));
        expect(comparison.extra).toBe(difference?.kind === 'extra' ? 1 : 0);
        expect(JSON.stringify(comparison)).not.toContain(CANARY);
        if (difference?.kind !== 'changed') return;
        expect(difference.properties).toHaveLength(1);
        const [property] = difference.properties;
        // A change inside a list of texts is a change of the list.
        expect(`${pointer}/`.startsWith(`${property?.pointer}/`)).toBe(true);
        if (String(value).includes(CANARY))
          expect(property).toEqual({ pointer: property?.pointer, secret: true });
      }),
      { numRuns: 500 },
    );
  });

  it('reports no change of a volatile field', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const changed = structuredClone(tree);
        for (const { pointer } of leavesOf(tree))
          if (isVolatileHere(pointer)) setAt(changed, pointer, 'changed');
        expect(compareTrees(tree, changed).differences).toEqual([]);
      }),
    );
  });

  it('finds missing from one side what is extra from the other', () => {
    fc.assert(
      fc.property(tenant, tenant, (a: Tree, b: Tree) => {
        const swap = (text: string) =>
          text
            .replace(/^extra/, '-')
            .replace(/^missing/, 'extra')
            .replace(/^-/, 'missing');
        const there = compareTrees(a, b);
        const back = compareTrees(b, a);
        expect(kinds(there).sort()).toEqual(kinds(back).map(swap).sort());
        expect(there.equal).toBe(back.equal);
        expect(JSON.stringify([there, back])).not.toContain(CANARY);
      }),
    );
  });
});

describe('compareTrees', () => {
  it('reports objects that are missing, extra and changed, by name', () => {
    const expected = {
      servers: { w: { name: 'W', clients: { a: { trusted: true }, b: { trusted: true } } } },
    };
    const actual = { servers: { w: { name: 'W', clients: { b: { trusted: false }, c: {} } } } };
    expect(compareTrees(expected, actual)).toEqual({
      compared: 4,
      equal: 2,
      extra: 1,
      drift: [],
      differences: [
        {
          type: 'client',
          id: 'a',
          workspace: 'w',
          pointer: '/servers/w/clients/a',
          kind: 'missing',
          properties: [],
        },
        {
          type: 'client',
          id: 'b',
          workspace: 'w',
          pointer: '/servers/w/clients/b',
          kind: 'changed',
          properties: [
            { pointer: '/servers/w/clients/b/trusted', expected: true, actual: false, secret: false },
          ],
        },
        {
          type: 'client',
          id: 'c',
          workspace: 'w',
          pointer: '/servers/w/clients/c',
          kind: 'extra',
          properties: [],
        },
      ],
    });
  });

  it('takes all forms of empty as one, nested too', () => {
    const empties: Json[] = [
      null,
      '',
      [],
      {},
      '0001-01-01T00:00:00Z',
      '0001-01-01T00:00:00.000Z',
      { a: { b: null } },
    ];
    for (const a of empties) {
      expect(differing({ name: 'W', x: a }, { name: 'W' }), JSON.stringify(a)).toEqual([]);
      for (const b of empties) expect(differing({ x: a }, { x: b })).toEqual([]);
    }
  });

  it.each<[Json, Json]>([
    [false, 0],
    [[''], []],
    [[null], null],
    ['0', 0],
    [
      ['a', 'b'],
      ['a', 'b', 'b'],
    ],
    [
      ['a', 'a', 'b'],
      ['a', 'b', 'b'],
    ],
    [
      [1, 2],
      [1, 3],
    ],
    ['1h', '60m'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.001Z'],
  ])('tells %j from %j', (a, b) => {
    expect(differing({ x: a }, { x: b })).toHaveLength(1);
    expect(differing({ x: b }, { x: a })).toHaveLength(1);
  });

  it('takes what a server of typed fields writes for a missing member as missing, but not in JSON of the customer', () => {
    for (const unset of [false, 0, '0s', '0h0m0s', { a: false }] as Json[]) {
      for (const empty of [null, '', [], {}] as Json[]) {
        expect(differing({ x: unset }, { x: empty }), JSON.stringify(unset)).toEqual([]);
      }
      expect(differing({ name: 'W', x: unset }, { name: 'W' })).toEqual([]);
      expect(differing({ name: 'W' }, { name: 'W', x: unset })).toEqual([]);
      expect(differing({ metadata: { x: unset } }, { metadata: {} })).toHaveLength(1);
    }
    for (const value of [true, 1, '1s', 's', '0', [0], [false]] as Json[]) {
      expect(differing({ name: 'W', x: value }, { name: 'W' }), JSON.stringify(value)).toHaveLength(1);
    }
  });

  it('takes lists of texts as sets, but not chains, nor lists in free-form JSON', () => {
    expect(differing({ grant_types: ['a', 'b', 'b'] }, { grant_types: ['b', 'a', 'b'] })).toEqual([]);
    expect(differing({ metadata: { steps: ['a', 'b'] } }, { metadata: { steps: ['b', 'a'] } })).toEqual([
      '/metadata/steps/0',
      '/metadata/steps/1',
    ]);
    const key = (x5c: Json) => ({ jwks: { keys: [{ kty: 'RSA', x5c }] } });
    expect(differing(key(['a', 'b']), key(['b', 'a']))).not.toEqual([]);
  });

  it('takes notations of one instant, duration or number as equal', () => {
    const expected =
      '{"seen":"2026-01-01T00:00:00Z","access_token_ttl":"60m0s","size":1e400,"n":100000000000000000000}';
    const actual = '{"seen":"2026-01-01T01:00:00.00+01:00","access_token_ttl":"1h","size":10e399,"n":1e20}';
    expect(differing(parseJson(expected), parseJson(actual))).toEqual([]);
    expect(differing({ access_token_ttl: '60m' }, { access_token_ttl: '61m' })).toEqual([
      '/access_token_ttl',
    ]);
  });

  it('names what is missing inside an object that is gone, and hides what is secret there', () => {
    const actual = { idps: { i: { settings: null, credentials: null } } };
    const expected = {
      idps: { i: { settings: { a: { b: 1, api_key: 'x' } }, credentials: { oidc: { id: 'x' } } } },
    };
    expect(compareTrees(expected, actual).differences[0]?.properties).toEqual([
      { pointer: '/idps/i/settings/a/b', expected: 1, secret: false, actual: undefined },
      { pointer: '/idps/i/settings/a/api_key', secret: true },
      { pointer: '/idps/i/credentials/oidc/id', secret: true },
    ]);
  });

  it.each<[string, Json, Json]>([
    ['a list that holds a key', { jwks: { keys: null } }, { jwks: { keys: [{ kty: 'RSA', d: CANARY }] } }],
    ['a longer list of objects', { list: [] }, { list: [{ name: 'a', deep: { password: CANARY } }] }],
    ['a list in place of a text', { x: 'a' }, { x: [{ url: `https://u:${CANARY}@h.example` }] }],
    ['an object in place of a text', { x: 'a' }, { x: { apiKey: CANARY } }],
    ['a PEM block in a text', { x: 'a' }, { x: `-----BEGIN PRIVATE KEY-----${CANARY}` }],
    ['a private member of a key', { x: { kty: 'EC' } }, { x: { kty: 'EC', d: CANARY } }],
    ['a list of secrets', { rotated_secrets: null }, { rotated_secrets: [CANARY] }],
  ])('never shows a credential in %s', (_, a, b) => {
    for (const comparison of [
      compareTrees(a, b, { shape: 'workspace' }),
      compareTrees(b, a, { shape: 'workspace' }),
    ]) {
      expect(comparison.differences).toHaveLength(1);
      expect(comparison.differences[0]?.properties.map(({ secret }) => secret)).toEqual([true]);
      expect(JSON.stringify(comparison)).not.toContain(CANARY);
    }
  });

  it('never shows a secret that only the caller knows, nor anything around or below it', () => {
    const properties = (pointer: string) =>
      compareTrees(
        { x: { y: [{ z: 'a' }], plain: 1 } },
        { x: { y: [], plain: 2 } },
        { shape: 'workspace', secretPointers: [pointer] },
      ).differences[0]?.properties.map((property) => [property.pointer, property.secret]);
    for (const pointer of ['/x/y/0/z', '/x/y', '/x/y/0']) {
      expect(properties(pointer)).toEqual([
        ['/x/y', true],
        ['/x/plain', false],
      ]);
    }
    expect(properties('/x')).toEqual([
      ['/x/y', true],
      ['/x/plain', true],
    ]);
  });

  it('compares a link or a single that is empty with none at all', () => {
    const empty = {
      name: 'W',
      policy_execution_points: { a: '' },
      server_consent: { type: '' },
      theme_binding: {},
    };
    expect(differing(empty, { name: 'W', policy_execution_points: null })).toEqual([]);
  });

  it('refuses to compare a tenant with a workspace', () => {
    const error = failureOf(() => compareTrees({ servers: {} }, { clients: {} }));
    expect([error.code, error.message]).toEqual([
      'INVALID_REQUEST',
      'cannot compare a tenant with a workspace',
    ]);
  });

  it('compares documents of as many levels as are allowed', () => {
    const deep = (leaf: string) =>
      parseJson(`{"clients":{},"x":${'['.repeat(511)}${leaf}${']'.repeat(511)}}`);
    expect(compareTrees(deep('1'), deep('1')).differences).toEqual([]);
    const [property] = compareTrees(deep('1'), deep('2')).differences[0]?.properties ?? [];
    expect(parsePointer(property?.pointer ?? '')).toHaveLength(512);
  });
});
