import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyJson } from '../any-json.ts';
import { type Tree, tenant } from '../arbitraries.ts';
import { type ConsistentTenant, consistentTenant, isWithin, withoutMember } from '../consistent-tenant.ts';
import { countReferences, danglingOf, elsewhereOf } from '../dangling.ts';

const pointersOf = (tree: Tree): string[] =>
  danglingOf(tree)
    .map(({ pointer }) => pointer)
    .sort();

describe('the references of a tree', () => {
  it('are all found in a consistent tenant, and all held', () => {
    fc.assert(
      fc.property(consistentTenant, ({ tree, links }: ConsistentTenant) => {
        expect([...danglingOf(tree), ...elsewhereOf(tree)]).toEqual([]);
        const byKey = links.filter(({ from }) =>
          /\/(servers_bindings|script_execution_points\/[^/]*)\/[^/]*$/.test(from),
        );
        expect(countReferences(tree)).toBe(links.length - byKey.length);
      }),
    );
  });

  it('are to nothing, where the object they name was removed', () => {
    let removals = 0;
    fc.assert(
      fc.property(consistentTenant, fc.nat(), ({ tree, links }: ConsistentTenant, pick) => {
        fc.pre(links.length > 0);
        const { to: removed } = links[pick % links.length] as ConsistentTenant['links'][number];
        const left = links.filter(({ from, to }) => isWithin(to, removed) && !isWithin(from, removed));
        expect(pointersOf(withoutMember(tree, removed))).toEqual(left.map(({ from }) => from).sort());
        removals += left.length;
      }),
      { numRuns: 300 },
    );
    expect(removals).toBeGreaterThan(100);
  });

  it('are not looked for in members that no table names', () => {
    fc.assert(
      fc.property(consistentTenant, anyJson, ({ tree }: ConsistentTenant, unknown) => {
        const before = danglingOf(tree);
        for (const server of Object.values<Tree>(tree.servers)) server.future_section = { a: unknown };
        expect(danglingOf({ ...tree, future_section: unknown })).toEqual(before);
      }),
    );
  });

  it('are read from any export, which stays as it is', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const before = structuredClone(tree);
        danglingOf(tree);
        expect(tree).toEqual(before);
      }),
    );
  });

  it('name object, member, target, scope and severity', () => {
    const tree = {
      servers: {
        w: {
          name: 'W',
          idps: { i: { method: 'identity_pool', identity_pool_id: 'gone' } },
          clients: { c: { scopes: ['email', 'x/y'] } },
          scopes_without_service: { email: {} },
        },
      },
    };
    expect(danglingOf(tree)).toEqual([
      {
        from: { type: 'idp', id: 'i', workspace: 'w' },
        pointer: '/servers/w/idps/i/identity_pool_id',
        target: { type: 'pool', id: 'gone' },
        scope: 'tenant',
        severity: 'error',
      },
      {
        from: { type: 'client', id: 'c', workspace: 'w' },
        pointer: '/servers/w/clients/c/scopes/1',
        target: { type: 'scope', id: 'x/y' },
        scope: 'workspace',
        severity: 'warning',
      },
    ]);
  });

  it('have their targets in the same workspace', () => {
    const tree = {
      servers: {
        a: { policies: { p: {} } },
        b: { policy_execution_points: { server_user_token: 'p' } },
      },
    };
    expect(pointersOf(tree)).toEqual(['/servers/b/policy_execution_points/server_user_token']);
  });

  it.each([null, '', undefined, 7, false, {}, []])('are none where a member is %j', (value) => {
    const client = { policy_execution_points: { client_user_token: value }, scopes: [value] } as Tree;
    const tree = { name: 'W', secret: '', clients: { c: client }, parent_id: value as Tree };
    expect([...danglingOf(tree), ...elsewhereOf(tree)]).toEqual([]);
  });

  it('have no target in a null entry', () => {
    const tree = { policies: { p: null }, policy_execution_points: { server_user_token: 'p' } };
    expect(pointersOf(tree)).toEqual(['/policy_execution_points/server_user_token']);
  });

  it('to a dynamic scope are answered by a wildcard', () => {
    const tree = {
      services: { s: { scopes: { 'users.*': {} } } },
      clients: { c: { scopes: ['users.42', 'users.*', 'users.', 'user.42'] } },
    };
    expect(pointersOf(tree)).toEqual(['/clients/c/scopes/2', '/clients/c/scopes/3']);
  });

  it('are doubtful where the target may be built in or is only a name', () => {
    const tree = {
      pools: { p: { payload_schema_id: 'default_payload' } },
      servers: {
        w: { script_execution_points: { token_minting: { x: { script_id: 's' } } }, scripts: { s: {} } },
      },
    };
    expect(danglingOf(tree).map(({ target, severity }) => [target, severity])).toEqual([
      [{ type: 'schema', id: 'default_payload' }, 'warning'],
      [{ type: 'server', id: 'x' }, 'warning'],
    ]);
  });

  it('are not bindings that are false', () => {
    expect(pointersOf({ servers: { w: { servers_bindings: { a: false, b: true } } } })).toEqual([
      '/servers/w/servers_bindings/b',
    ]);
  });

  it('of a lone workspace to what only the tenant holds may be held elsewhere', () => {
    const tree = {
      name: 'W',
      theme_binding: { theme_id: 't' },
      idps: { i: { identity_pool_id: 'p' }, j: { identity_pool_id: 'own' }, k: { workspace_id: 'v' } },
      gateways: { g: { token_exchange_client_id: 'worker', default_policy_id: 'gone' } },
      pools: { own: {} },
      scripts: { s: {} },
      script_execution_points: { token_minting: { w: { script_id: 's' } } },
    };
    expect(elsewhereOf(tree)).toHaveLength(5);
    expect(pointersOf(tree)).toEqual(['/gateways/g/default_policy_id']);
  });

  it('to built-in workspaces that the export does not show may be held elsewhere', () => {
    const workspace = {
      idps: { i: { workspace_id: 'developer' } },
      gateways: { g: { token_exchange_client_id: 'c' } },
    };
    expect(elsewhereOf({ servers: { w: workspace } })).toHaveLength(2);
    expect(pointersOf({ servers: { w: workspace } })).toEqual([]);
    const shown = { servers: { w: workspace, system: { name: 'System' } } };
    expect(pointersOf(shown)).toEqual(['/servers/w/gateways/g/token_exchange_client_id']);
  });

  it('are found in a document nested deeper than the stack', () => {
    let deep: Tree = 'end';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const tree = { clients: { c: { scopes: ['gone'], metadata: deep } }, future: deep };
    expect(pointersOf(tree)).toEqual(['/clients/c/scopes/0']);
  });
});

describe('the name of a dynamic scope', () => {
  it.each([
    ['*', 'a', true],
    ['a.*', 'a.b.c', true],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.c', false],
    ['a.*.c', 'a..c', false],
    ['*.*', 'a.b', true],
    ['aa*aa', 'aaa', false],
    ['*ab*', 'xaby', true],
    ['*ab*', 'aby', false],
    ['*ab*b', 'xabb', false],
  ])('%s, %s: %s', (pattern, name, expected) => {
    const tree = { name: 'W', scopes_without_service: { [pattern]: {} }, clients: { c: { scopes: [name] } } };
    expect(pointersOf(tree)).toEqual(expected ? [] : ['/clients/c/scopes/0']);
  });
});
