import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { stateDigest } from '../../../functions/config/compare/state-digest.ts';
import { type Tree, tenant } from '../arbitraries.ts';

const KEY = Buffer.alloc(32, 1);
const digest = (tree: Tree, key: Uint8Array = KEY, includes = (_: { pointer: string }) => true) =>
  stateDigest(tree, { shape: 'tenant', includes, key });

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
          metadata: { list: ['b', 'a'] },
          updated_at: '2026-01-01T00:00:00Z',
        },
      },
    },
  },
};

const changed = (apply: (portal: Tree, tree: Tree) => void): Tree => {
  const tree: Tree = structuredClone(TREE);
  apply(tree.servers.main.clients.portal, tree);
  return tree;
};

describe('stateDigest', () => {
  test('is the same for the same state, in whatever order it comes', () => {
    const reversed = (value: Tree): Tree =>
      Array.isArray(value) || typeof value !== 'object' || value === null
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, inner]) => [name, reversed(inner)]),
          );
    fc.assert(
      fc.property(tenant, (tree) => {
        expect(digest(reversed(tree))).toBe(digest(tree));
      }),
      { numRuns: 40 },
    );
  });

  it.each<[what: string, apply: (portal: Tree, tree: Tree) => void]>([
    ['a time that the server stamps', (portal) => (portal.updated_at = '2027-01-01T00:00:00Z')],
    ['the order of texts', (portal) => portal.redirect_uris.reverse()],
    ['a member that means nothing', (portal) => (portal.description = '')],
    [
      'what a server of typed fields fills in',
      (portal) => Object.assign(portal, { trusted: false, max_age: 0, id_token_ttl: '0s' }),
    ],
    ['an empty section', (_, tree) => (tree.servers.main.policies = {})],
  ])('does not tell of %s', (_, apply) => {
    expect(digest(changed(apply))).toBe(digest(TREE));
  });

  it.each<[what: string, apply: (portal: Tree, tree: Tree) => void]>([
    ['a value', (portal) => portal.redirect_uris.push('https://c.example')],
    ['a credential', (portal) => (portal.client_secret = 'canary-2')],
    ['true, which no server fills in', (portal) => (portal.trusted = true)],
    ['false in JSON of the customer', (portal) => (portal.metadata.vip = false)],
    ['the order of a list of the customer', (portal) => portal.metadata.list.reverse()],
    ['the order of a chain of certificates', (portal) => portal.jwks.keys[0].x5c.reverse()],
    ['an element that says only false', (portal) => portal.flags.push({ on: false })],
    ['an object more', (_, tree) => (tree.servers.main.clients.other = {})],
    ['an object less', (_, tree) => delete tree.servers.main.clients.portal],
    [
      'the same object elsewhere',
      (portal, tree) => {
        tree.servers.main.clients = { other: portal };
      },
    ],
  ])('tells of %s', (_, apply) => {
    expect(digest(changed(apply))).not.toBe(digest(TREE));
  });

  it('counts only what it should, and nothing without the key', () => {
    const clients = ({ pointer }: { pointer: string }) => pointer.includes('/clients/');
    const renamed = changed((_, tree) => (tree.servers.main.name = 'Other'));
    expect(digest(renamed, KEY, clients)).toBe(digest(TREE, KEY, clients));
    expect(digest(TREE, Buffer.alloc(32, 2))).not.toBe(digest(TREE));
  });
});
