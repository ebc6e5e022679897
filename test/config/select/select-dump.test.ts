import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DUMP_COLLECTIONS } from '../../../functions/config/model/collections.ts';
import { selectWorkspaceFromDump } from '../../../functions/config/select/select-dump.ts';
import { anyJson } from '../any-json.ts';
import type { Tree } from '../arbitraries.ts';
import { failureOf } from '../failure.ts';
import { elementsIn, type GeneratedDump, generatedDump } from '../generated-dump.ts';

describe('selectWorkspaceFromDump', () => {
  it('takes exactly what belongs to a workspace, and the clients that serve it', () => {
    fc.assert(
      fc.property(generatedDump, ({ dump, expected }: GeneratedDump) => {
        const before = structuredClone(dump);
        for (const { tenant, workspace, elements, systemClients } of expected) {
          const selection = selectWorkspaceFromDump(dump, workspace, { tenant });
          expect(new Set(elementsIn(selection.dump))).toEqual(elements);
          expect(elementsIn(selection.dump)).toHaveLength(elements.size);
          expect([...selection.systemClients].sort()).toEqual([...systemClients].sort());
        }
        expect(dump).toEqual(before);
      }),
    );
  });

  it("takes every element with some workspace, all selections together; what is left is the tenant's own", () => {
    fc.assert(
      fc.property(generatedDump, ({ dump, expected, ofTenants }: GeneratedDump) => {
        const union = new Set(
          expected.flatMap(({ tenant, workspace }) =>
            elementsIn(selectWorkspaceFromDump(dump, workspace, { tenant }).dump),
          ),
        );
        const rest = elementsIn(dump).filter((element) => !union.has(element));
        expect(rest).toHaveLength(ofTenants.length);
        expect(new Set(rest)).toEqual(new Set(ofTenants));
      }),
    );
  });

  it('selects the same from a selection', () => {
    fc.assert(
      fc.property(generatedDump, ({ dump, expected }: GeneratedDump) => {
        for (const { tenant, workspace } of expected) {
          const once = selectWorkspaceFromDump(dump, workspace, { tenant });
          const twice = selectWorkspaceFromDump(once.dump, workspace);
          expect(twice.dump).toEqual(once.dump);
          expect(twice.leftOut).toEqual([]);
        }
      }),
    );
  });

  it('keeps the order of collections and of elements', () => {
    fc.assert(
      fc.property(generatedDump, ({ dump }: GeneratedDump) => {
        const { dump: selected } = selectWorkspaceFromDump(dump, 'shop', { tenant: 'one' });
        for (const list of Object.values<Tree>(selected)) {
          const order = list.map(({ made }: Tree) => made);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
        const names = Object.keys(selected);
        expect(names).toEqual(Object.keys(dump).filter((name) => names.includes(name)));
      }),
    );
  });

  it('names every dependency that it does not carry, and whether the dump holds it', () => {
    const dump = {
      tenant: { id: 't' },
      themes: [{ tenant_id: 't', id: 'dark' }],
      servers: [
        { tenant_id: 't', id: 'w', parent_id: 'parent' },
        { tenant_id: 't', id: 'portal' },
        { tenant_id: 't', id: 'system' },
      ],
      servers_bindings: [{ tenant_id: 't', server_id: 'portal', dependent: 'w' }],
      theme_bindings: [{ tenant_id: 't', server_id: 'w', theme_id: 'dark' }],
      idps: [
        {
          tenant_id: 't',
          authorization_server_id: 'w',
          id: 'i',
          identity_pool_id: 'people',
          jit: { provisioning: { pool_id: 'people' } },
          workspace_id: 'w',
          client_id: 'gone',
        },
      ],
      gateways: [{ tenant_id: 't', authorization_server_id: 'w', id: 'g', client_id: 'c' }],
      clients: [{ tenant_id: 't', authorization_server_id: 'system', client_id: 'c' }],
      policies: [{ tenant_id: 't', server_id: 'system', id: 'p' }],
      policy_execution_points: [
        { tenant_id: 't', server_id: 'w', type: 'server_user_token', target_fk: 'w', policy_id: 'mine' },
        { tenant_id: 't', server_id: 'system', type: 'client_machine_token', target_fk: 'c', policy_id: 'p' },
      ],
      roles: [
        {
          role: 'admin',
          resource: { type: 'workspace', tenant_id: 't', workspace_id: 'w' },
          subject: { type: 'identity_pool_user', tenant_id: 't', identity_pool_id: 'staff' },
        },
      ],
    };
    expect(selectWorkspaceFromDump(dump, 'w').dependsOn).toEqual([
      { type: 'server', id: 'parent', pointers: ['/servers/0/parent_id'], held: false },
      { type: 'server', id: 'portal', pointers: ['/servers_bindings/0/server_id'], held: true },
      { type: 'theme', id: 'dark', pointers: ['/theme_bindings/0/theme_id'], held: true },
      {
        type: 'pool',
        id: 'people',
        pointers: ['/idps/0/identity_pool_id', '/idps/0/jit/provisioning/pool_id'],
        held: false,
      },
      { type: 'client', id: 'gone', pointers: ['/idps/0/client_id'], held: false },
      { type: 'pool', id: 'staff', pointers: ['/roles/0/subject/identity_pool_id'], held: false },
      { type: 'policy', id: 'p', pointers: ['/policy_execution_points/1/policy_id'], held: true },
    ]);
  });

  it('finds execution points without a workspace by their targets', () => {
    const points = [
      { type: 'server_user_token', target_fk: 'w' },
      { type: 'client_user_token', target_fk: 'c' },
      { type: 'scope_user_grant', target_fk: 'free' },
      { type: 'scope_machine_grant', target_fk: 'served' },
    ];
    const others = points.map((point) => ({ ...point, target_fk: 'other' }));
    const dump = {
      servers: [{ id: 'w' }, { id: 'other' }],
      clients: [{ authorization_server_id: 'w', client_id: 'c' }],
      scopes_without_service: [{ authorization_server_id: 'w', id: 'free' }],
      services: [{ authorization_server_id: 'w', id: 's', scopes: [{ id: 'served' }] }],
      policy_execution_points: [...others, ...points],
    };
    const { dump: selected, leftOut } = selectWorkspaceFromDump(dump, 'w');
    expect(selected['policy_execution_points']).toEqual(points);
    expect(leftOut).toEqual([]);
  });

  it('tells what it leaves out, and why', () => {
    const dump = {
      tenant: { id: 't' },
      servers: [{ id: 'w' }, { id: 'v' }],
      themes: [{ id: 'a' }],
      mfa_methods: [],
      translations: null,
      roles: [{ role: 'r', resource: { type: 'tenant' } }],
      linked: [{ authorization_server_id: 'w' }, { workspace_id: 'v' }],
      partly: [{ server_id: 'w', id: 1 }, { id: 2 }],
      loose: [{ id: 1 }],
      setting: true,
      scalars: [1],
    };
    const { dump: selected, leftOut } = selectWorkspaceFromDump(dump, 'w');
    expect(selected).toEqual({
      servers: [{ id: 'w' }],
      linked: [{ authorization_server_id: 'w' }],
      partly: [{ server_id: 'w', id: 1 }],
    });
    expect(leftOut).toEqual([
      { collection: 'tenant', reason: 'tenant' },
      { collection: 'themes', reason: 'tenant' },
      { collection: 'roles', reason: 'tenant' },
      { collection: 'partly', reason: 'unknown' },
      { collection: 'loose', reason: 'unknown' },
      { collection: 'setting', reason: 'unknown' },
      { collection: 'scalars', reason: 'unknown' },
    ]);
  });

  it('tells an identity provider of the workspace from one that lets its people in', () => {
    const idps = [
      { authorization_server_id: 'v', workspace_id: 'w', id: 'other' },
      { authorization_server_id: 'w', workspace_id: 'v', id: 'own' },
    ];
    const { dump } = selectWorkspaceFromDump({ servers: [{ id: 'w' }, { id: 'v' }], idps }, 'w');
    expect(dump['idps']).toEqual([idps[1]]);
  });

  it('reads collections of any content', () => {
    const names = fc.constantFrom('__proto__', 'future', ...Object.keys(DUMP_COLLECTIONS));
    const element = fc.oneof(anyJson, fc.record({ server_id: anyJson, scopes: anyJson, client_id: anyJson }));
    const any = fc.dictionary(names, fc.oneof(anyJson, fc.array(element, { maxLength: 3 })), { maxKeys: 8 });
    fc.assert(
      fc.property(any, (dump) => {
        const servers = [{ id: 'w' }];
        const { dump: selected } = selectWorkspaceFromDump({ ...dump, servers } as Tree, 'w');
        expect(selected['servers']).toEqual(servers);
      }),
    );
  });

  it.each([
    [{}, undefined, 'EXPORT_MALFORMED', 'dump must have a list of servers'],
    [{ servers: { w: {} } }, undefined, 'EXPORT_MALFORMED', 'dump must have a list of servers'],
    [null, undefined, 'EXPORT_MALFORMED', 'dump must have a list of servers'],
    [
      { servers: [{ id: 'v' }] },
      undefined,
      'INVALID_REQUEST',
      'workspace must be one of the 1 of the export, got "w"',
    ],
    [
      { servers: [{ id: 'w', tenant_id: 'a' }] },
      'b',
      'INVALID_REQUEST',
      'workspace must be one of the 1 of the export, got "w"',
    ],
    [
      {
        servers: [
          { id: 'w', tenant_id: 'a' },
          { id: 'w', tenant_id: 'b' },
        ],
      },
      undefined,
      'INVALID_REQUEST',
      'tenant must be named: 2 tenants have a workspace "w"',
    ],
  ])('refuses to select from %j with tenant %s', (dump: Tree, tenant, code, message) => {
    expect(failureOf(() => selectWorkspaceFromDump(dump, 'w', { tenant }))).toMatchObject({ code, message });
  });
});
