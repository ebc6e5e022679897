import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TENANT } from '../../../../scripts/sandbox/state/model.ts';
import { firstChanges } from '../../../../scripts/sandbox/state/partial.ts';
import type { TenantState } from '../../../../scripts/sandbox/state/tenants.ts';
import { treesOf } from '../support.ts';

const stateOf = (tree: TenantState['tree'], more: Partial<TenantState> = {}): TenantState => ({
  tree,
  beside: {},
  identity: {},
  ids: new Map(),
  ...more,
});

describe('firstChanges', () => {
  it('of none is the state before, of all is the state after', () => {
    fc.assert(
      fc.property(treesOf(TENANT), treesOf(TENANT), (before, after) => {
        const [from, to] = [stateOf(before), stateOf(after)];
        expect(firstChanges(from, to, 0).tree).toEqual(before);
        expect(firstChanges(from, to, Number.MAX_SAFE_INTEGER).tree).toEqual(after);
      }),
    );
  });

  it('counts objects that are created, replaced and deleted, wherever they lie', () => {
    const before = stateOf({ servers: { a: { name: 'A', clients: { one: {}, two: { x: 1 } } } } });
    const after = stateOf(
      { servers: { a: { name: 'A', clients: { two: { x: 2 }, three: {} } } } },
      { beside: { acrs: [{ id: '1' }] }, identity: { users: [{ id: 'u' }] } },
    );
    const clients = [0, 1, 2, 3].map((objects) => {
      const { servers } = firstChanges(before, after, objects).tree;
      return (servers as never)['a']['clients'];
    });
    expect(clients).toEqual([
      { one: {}, two: { x: 1 } },
      { two: { x: 1 } },
      { two: { x: 2 } },
      { two: { x: 2 }, three: {} },
    ]);
    expect(firstChanges(before, after, 4)).toMatchObject({
      beside: { acrs: [{ id: '1' }] },
      identity: { users: [] },
    });
    expect(firstChanges(before, after, 5).identity).toEqual({ users: [{ id: 'u' }] });
  });
});
