import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectWorkspace } from '../../../functions/config/select/select.ts';
import { client, type Tree, tenant } from '../arbitraries.ts';
import { type ConsistentTenant, consistentTenant, isWithin } from '../consistent-tenant.ts';
import { danglingOf } from '../dangling.ts';
import { failureOf } from '../failure.ts';

describe('selectWorkspace', () => {
  it('takes each workspace as it is, and together they are all of them', () => {
    fc.assert(
      fc.property(tenant, (tree: Tree) => {
        const before = structuredClone(tree);
        const selected = Object.keys(tree.servers).map((id) => [id, selectWorkspace(tree, id).workspace]);
        expect(Object.fromEntries(selected)).toEqual(tree.servers);
        expect(tree).toEqual(before);
      }),
    );
  });

  it('names what a workspace depends on, exactly: every reference that leaves it', () => {
    let named = 0;
    fc.assert(
      fc.property(consistentTenant, ({ tree, links }: ConsistentTenant) => {
        for (const id of Object.keys(tree.servers)) {
          const place = `/servers/${id.replaceAll('~', '~0').replaceAll('/', '~1')}`;
          const { dependsOn, systemClients } = selectWorkspace(tree, id);
          const leaving = links.filter(
            ({ from, to }) =>
              isWithin(from, place) && !isWithin(to, place) && !to.startsWith('/servers/system/clients/'),
          );
          const pointers = dependsOn.flatMap((dependency) => dependency.pointers);
          expect(pointers.filter((pointer) => !pointer.startsWith('/pools/')).sort()).toEqual(
            leaving.map(({ from }) => from).sort(),
          );
          expect(dependsOn.every(({ held }) => held)).toBe(true);
          const serves = links.some(
            ({ from, to }) => isWithin(from, place) && to === '/servers/system/clients/worker',
          );
          expect(Object.keys(systemClients)).toEqual(serves ? ['worker'] : []);
          named += pointers.length;
        }
      }),
    );
    expect(named).toBeGreaterThan(50);
  });

  it('selects from a consistent tenant a workspace without broken references of its own', () => {
    fc.assert(
      fc.property(consistentTenant, ({ tree }: ConsistentTenant) => {
        for (const id of Object.keys(tree.servers)) {
          const { workspace } = selectWorkspace(tree, id);
          expect(danglingOf(workspace, 'workspace')).toEqual([]);
        }
      }),
    );
  });

  it('takes the clients of the system workspace that are embedded, whatever SecureAuth changed in them', () => {
    const sections = ['idps', 'gateways', 'custom_apps', 'server_consent', 'ciba_authentication_service'];
    fc.assert(
      fc.property(client, client, fc.constantFrom(...sections), (own, other, section) => {
        const secret = 'one';
        const embedded = { ...own, client_secret: secret, updated_at: '2021-01-01T00:00:00Z' };
        const holder = { client: embedded };
        const tree = {
          servers: {
            w: { name: 'W', [section]: section.endsWith('s') ? { a: holder } : holder },
            system: {
              clients: {
                served: { ...own, client_secret: secret },
                stranger: { ...other, client_secret: 'two' },
              },
            },
          },
        };
        const { systemClients } = selectWorkspace(tree as Tree, 'w');
        expect(systemClients).toEqual({ served: tree.servers.system.clients.served });
      }),
    );
  });

  it('takes no client apart when the system workspace itself is selected', () => {
    const gateways = { g: { client_id: 'c' } };
    const system = { name: 'System', clients: { c: {} }, gateways };
    expect(selectWorkspace({ servers: { system } }, 'system')).toEqual({
      workspace: system,
      systemClients: {},
      dependsOn: [],
    });
  });

  it('names the schemas of the pools that it needs, and what the tenant lacks', () => {
    const tree = {
      pools: { p: { name: 'P', payload_schema_id: 's' }, unused: { payload_schema_id: 'other' } },
      schemas: { s: { schema: {} } },
      servers: {
        w: {
          name: 'W',
          idps: { a: { identity_pool_id: 'p' }, b: { identity_pool_id: 'p' } },
          theme_binding: { theme_id: 'gone' },
        },
      },
    };
    expect(selectWorkspace(tree, 'w').dependsOn).toEqual([
      {
        type: 'pool',
        id: 'p',
        pointers: ['/servers/w/idps/a/identity_pool_id', '/servers/w/idps/b/identity_pool_id'],
        held: true,
      },
      { type: 'theme', id: 'gone', pointers: ['/servers/w/theme_binding/theme_id'], held: false },
      { type: 'schema', id: 's', pointers: ['/pools/p/payload_schema_id'], held: true },
    ]);
  });

  it.each([
    [
      { servers: { a: {}, b: {} } },
      'INVALID_REQUEST',
      'workspace must be one of the 2 of the export, got "w"',
    ],
    [{ servers: { w: null } }, 'INVALID_REQUEST', 'workspace must be one of the 1 of the export, got "w"'],
    [{ themes: {} }, 'INVALID_REQUEST', 'workspace must be one of the 0 of the export, got "w"'],
    [{ clients: {} }, 'INVALID_REQUEST', 'cannot select from a workspace'],
    [{ servers: [{ id: 'w' }] }, 'EXPORT_MALFORMED', expect.stringContaining('flat dump')],
  ])('refuses to select from %j', (tree: Tree, code, message) => {
    expect(failureOf(() => selectWorkspace(tree, 'w'))).toMatchObject({ code, message });
  });
});
