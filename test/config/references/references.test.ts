import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNamedBy } from '../../../functions/config/references/reference-targets.ts';
import { findDanglingReferences } from '../../../functions/config/references/references.ts';
import { anyJson } from '../any-json.ts';
import { type Tree, tenant } from '../arbitraries.ts';
import { type ConsistentTenant, consistentTenant, isWithin, withoutMember } from '../consistent-tenant.ts';
import { failureOf } from '../failure.ts';

const pointersOf = (tree: Tree): string[] =>
  findDanglingReferences(tree)
    .dangling.map(({ pointer }) => pointer)
    .sort();

describe('findDanglingReferences', () => {
  it('finds none in a consistent tenant, and checks every reference', () => {
    fc.assert(
      fc.property(consistentTenant, ({ tree, links }: ConsistentTenant) => {
        expect(findDanglingReferences(tree)).toEqual({ checked: links.length, unchecked: 0, dangling: [] });
      }),
    );
  });

  it('finds exactly the references to an object that was removed', () => {
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

  it('never looks into members that no table names', () => {
    fc.assert(
      fc.property(consistentTenant, anyJson, ({ tree }: ConsistentTenant, unknown) => {
        const before = findDanglingReferences(tree);
        for (const server of Object.values<Tree>(tree.servers)) server.future_section = { a: unknown };
        expect(findDanglingReferences({ ...tree, future_section: unknown })).toEqual(before);
      }),
    );
  });

  it('reads any export, and leaves it as it is', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const before = structuredClone(tree);
        const { checked, dangling } = findDanglingReferences(tree);
        expect(dangling.length).toBeLessThanOrEqual(checked);
        expect(tree).toEqual(before);
      }),
    );
  });

  it('names object, member, target, scope and severity', () => {
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
    expect(findDanglingReferences(tree)).toEqual({
      checked: 3,
      unchecked: 0,
      dangling: [
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
      ],
    });
  });

  it('looks for a target in the same workspace only', () => {
    const tree = {
      servers: {
        a: { policies: { p: {} } },
        b: { policy_execution_points: { server_user_token: 'p' } },
      },
    };
    expect(pointersOf(tree)).toEqual(['/servers/b/policy_execution_points/server_user_token']);
  });

  it.each([null, '', undefined, 7, false, {}, []])('takes %j for unset', (value) => {
    const client = { policy_execution_points: { client_user_token: value }, scopes: [value] } as Tree;
    const tree = { name: 'W', secret: '', clients: { c: client }, parent_id: value as Tree };
    expect(findDanglingReferences(tree)).toEqual({ checked: 0, unchecked: 0, dangling: [] });
  });

  it('takes a null entry for no target', () => {
    const tree = { policies: { p: null }, policy_execution_points: { server_user_token: 'p' } };
    expect(pointersOf(tree)).toEqual(['/policy_execution_points/server_user_token']);
  });

  it('answers a dynamic scope by a wildcard', () => {
    const tree = {
      services: { s: { scopes: { 'users.*': {} } } },
      clients: { c: { scopes: ['users.42', 'users.*', 'users.', 'user.42'] } },
    };
    expect(pointersOf(tree)).toEqual(['/clients/c/scopes/2', '/clients/c/scopes/3']);
  });

  it('warns where the target may be built in or is only a name', () => {
    const tree = {
      pools: { p: { payload_schema_id: 'default_payload' } },
      servers: {
        w: { script_execution_points: { token_minting: { x: { script_id: 's' } } }, scripts: { s: {} } },
      },
    };
    expect(findDanglingReferences(tree).dangling.map(({ target, severity }) => [target, severity])).toEqual([
      [{ type: 'schema', id: 'default_payload' }, 'warning'],
      [{ type: 'server', id: 'x' }, 'warning'],
    ]);
  });

  it('takes no binding that is false for a reference', () => {
    expect(pointersOf({ servers: { w: { servers_bindings: { a: false, b: true } } } })).toEqual([
      '/servers/w/servers_bindings/b',
    ]);
  });

  it('leaves what only the tenant holds unchecked in a lone workspace', () => {
    const tree = {
      name: 'W',
      theme_binding: { theme_id: 't' },
      idps: { i: { identity_pool_id: 'p' }, j: { identity_pool_id: 'own' }, k: { workspace_id: 'v' } },
      gateways: { g: { token_exchange_client_id: 'worker', default_policy_id: 'gone' } },
      pools: { own: {} },
      scripts: { s: {} },
      script_execution_points: { token_minting: { w: { script_id: 's' } } },
    };
    const { checked, unchecked, dangling } = findDanglingReferences(tree);
    expect({ checked, unchecked }).toEqual({ checked: 3, unchecked: 5 });
    expect(dangling.map(({ pointer }) => pointer)).toEqual(['/gateways/g/default_policy_id']);
  });

  it('leaves built-in workspaces unchecked that the export does not show', () => {
    const workspace = {
      idps: { i: { workspace_id: 'developer' } },
      gateways: { g: { token_exchange_client_id: 'c' } },
    };
    expect(findDanglingReferences({ servers: { w: workspace } })).toMatchObject({
      unchecked: 2,
      dangling: [],
    });
    const shown = { servers: { w: workspace, system: { name: 'System' } } };
    expect(pointersOf(shown)).toEqual(['/servers/w/gateways/g/token_exchange_client_id']);
  });

  it('checks a document nested deeper than the stack', () => {
    let deep: Tree = 'end';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const tree = { clients: { c: { scopes: ['gone'], metadata: deep } }, future: deep };
    expect(pointersOf(tree)).toEqual(['/clients/c/scopes/0']);
  });

  it('refuses what is neither a tenant nor a workspace', () => {
    expect(failureOf(() => findDanglingReferences({ error: 'forbidden' })).code).toBe('EXPORT_MALFORMED');
  });
});

describe('isNamedBy', () => {
  it.each([
    ['*', 'a', true],
    ['*', '', false],
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
    expect(isNamedBy(pattern, name)).toBe(expected);
  });
});
