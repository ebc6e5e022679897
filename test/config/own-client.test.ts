import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withoutClient } from '../../functions/config/own-client.ts';
import { type Tree, tenant } from './arbitraries.ts';

it('leaves a client out of every workspace that has it, and changes nothing else', () => {
  fc.assert(
    fc.property(tenant, fc.nat(), (tree: Tree, pick) => {
      const ids = Object.values<Tree>(tree.servers).flatMap(({ clients }) => Object.keys(clients));
      const clientId = ids[pick % (ids.length || 1)] ?? 'nobody';
      const before = structuredClone(tree);
      const { tree: left, removed } = withoutClient(tree, clientId);

      const expected = structuredClone(tree);
      for (const { clients } of Object.values<Tree>(expected.servers)) delete clients[clientId];
      expect(left).toEqual(expected);
      expect(removed).toHaveLength(ids.filter((id) => id === clientId).length);
      expect(tree).toEqual(before);
    }),
  );
});

it('names where the client was', () => {
  const clients = { 'a/b': { client_name: 'A' }, c: {} };
  expect(withoutClient({ servers: { w: { clients }, v: {} } }, 'a/b')).toEqual({
    tree: { servers: { w: { clients: { c: {} } }, v: {} } },
    removed: ['/servers/w/clients/a~1b'],
  });
  expect(withoutClient({ clients }, 'a/b')).toEqual({
    tree: { clients: { c: {} } },
    removed: ['/clients/a~1b'],
  });
});

it('returns the very tree where the client is nowhere', () => {
  const tree = { servers: { w: { clients: { constructor: {} } } } };
  expect(withoutClient(tree, 'toString').tree).toBe(tree);
});
