import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import { compareDumps } from '../../../functions/config/compare/compare-dumps.ts';
import { exportDigest } from '../../../functions/config/export/export-digest.ts';
import { stringifyJson } from '../../../functions/config/json/json.ts';
import { identityDump, shuffled, systemDump } from '../any-dump.ts';
import { type Tree, tenant } from '../arbitraries.ts';

/** Two exports with one digest are one state: nothing that a comparison shows may be missed. */

const KEY = Buffer.alloc(32, 1);
const digestOf = (kind: 'hub' | 'system' | 'identity', document: Tree, key = KEY) =>
  exportDigest(kind, Buffer.from(stringifyJson(document)), key);

type Place = readonly [holder: Tree, name: string];

/** Every member and every element of a document. */
function placesIn(document: Tree): Place[] {
  const places: Place[] = [];
  const stack: Tree[] = [document];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const name of Object.keys(value)) {
      places.push([value, name]);
      stack.push(value[name]);
    }
  }
  return places;
}

const CHANGES: readonly ((place: Place) => void)[] = [
  ([holder, name]) => (Array.isArray(holder) ? holder.splice(Number(name), 1) : delete holder[name]),
  ([holder, name]) => {
    const value = holder[name];
    if (typeof value === 'boolean') holder[name] = !value;
    else if (typeof value === 'number') holder[name] = value + 1;
    else if (Array.isArray(value)) value.push(value[0] ?? 'new');
    else if (typeof value === 'object' && value !== null) value.added = true;
    else holder[name] = `${value ?? ''}x`;
  },
];

/** A document, and the same with one member or element changed or taken out. */
const changedOnce = (documents: fc.Arbitrary<Tree>) =>
  fc.tuple(documents, fc.nat(), fc.constantFrom(...CHANGES)).map(([before, at, change]) => {
    const after: Tree = structuredClone(before);
    const places = placesIn(after);
    const place = places[at % places.length];
    if (place) change(place);
    return { before, after };
  });

describe('the digest of an export', () => {
  test('tells of every change of a tree that a comparison tells of', () => {
    fc.assert(
      fc.property(changedOnce(tenant), ({ before, after }) => {
        const isSame = digestOf('hub', before) === digestOf('hub', after);
        if (isSame) expect(compareTrees(before, after).differences).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['system', systemDump],
    ['identity', identityDump],
  ] as const)('tells of every change of a %s dump that a comparison tells of', (kind, dumps) => {
    fc.assert(
      fc.property(changedOnce(dumps), ({ before, after }) => {
        const isSame = digestOf(kind, before) === digestOf(kind, after);
        if (isSame) expect(compareDumps(before, after).differences).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['system', systemDump],
    ['identity', identityDump],
  ] as const)('is the same for a %s dump in another order', (kind, dumps) => {
    fc.assert(
      fc.property(dumps, fc.nat(), (dump, seed) => {
        expect(digestOf(kind, shuffled(dump, seed))).toBe(digestOf(kind, dump));
      }),
      { numRuns: 50 },
    );
  });

  it.each<[what: string, apply: (client: Tree, tree: Tree) => void]>([
    ['a time that the server stamps', (client) => (client.updated_at = '2027-01-01T00:00:00Z')],
    ['the order of members and texts', (client) => client.redirect_uris.reverse()],
    ['an empty section', (_, tree) => (tree.servers.main.policies = {})],
  ])('does not tell of %s', (_, apply) => {
    expect(digestOf('hub', changed(apply))).toBe(digestOf('hub', TREE));
  });

  it.each<[what: string, apply: (client: Tree, tree: Tree) => void]>([
    ['a credential', (client) => (client.client_secret = 'other')],
    ['an object without members', (_, tree) => (tree.servers.main.clients.other = {})],
    ['a workspace without members', (_, tree) => (tree.servers.other = {})],
    ['a section that no release knows', (_, tree) => (tree.future = { a: true })],
    ['the order of a chain of certificates', (client) => client.jwks.keys[0].x5c.reverse()],
    ['an element that says only false', (client) => client.flags.push({ on: false })],
    ['the loss of all workspaces', (_, tree) => (tree.servers = {})],
  ])('tells of %s', (_, apply) => {
    expect(digestOf('hub', changed(apply))).not.toBe(digestOf('hub', TREE));
  });

  it('leaves runtime data out, and lists that are empty or missing', () => {
    const dump = {
      tenant: { id: 't' },
      servers: [{ id: 's' }],
      clients: [],
      audit_events: [{ event_id: '1' }],
    };
    const { clients: _, audit_events: __, ...rest } = dump;
    expect(digestOf('system', dump)).toBe(digestOf('system', { ...rest, roles: null }));
  });

  it('cannot be computed without the key', () => {
    expect(digestOf('hub', TREE, Buffer.alloc(32, 2))).not.toBe(digestOf('hub', TREE));
  });
});

const TREE = {
  name: 'Acme',
  servers: {
    main: {
      name: 'Main',
      clients: {
        portal: {
          client_secret: 'canary',
          redirect_uris: ['https://a.example', 'https://b.example'],
          jwks: { keys: [{ kid: '1', x5c: ['leaf', 'ca'] }] },
          flags: [{ on: true }],
          updated_at: '2026-01-01T00:00:00Z',
        },
      },
    },
  },
};

function changed(apply: (client: Tree, tree: Tree) => void): Tree {
  const tree: Tree = structuredClone(TREE);
  apply(tree.servers.main.clients.portal, tree);
  return tree;
}
