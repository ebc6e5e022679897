/** Generated flat dumps of several tenants, with the workspace of each element written down as it is made. */
import fc from 'fast-check';
import type { Tree } from './arbitraries.ts';

/** Link members of the collections, spelled out apart from the table that is tested. */
const BY_SERVER = [
  'apis',
  'audit_events',
  'claim_grants',
  'gateway_api_groups',
  'openbanking_uk_consents',
  'policies',
  'scope_grants',
  'secrets',
  'theme_bindings',
  'vanity_domains',
  'webhooks',
];
const BY_AUTHORIZATION_SERVER = [
  'acrs',
  'authorization_details',
  'cdr_arrangements',
  'claims',
  'openbanking_fdx_consents',
  'scopes_without_service',
  'scripts',
  'services',
];
const OF_TENANT = [
  'themes',
  'templates',
  'mfa_methods',
  'translations',
  'brute_force_limits',
  'recurring_jobs',
];
/** Collections whose elements have a client of their own, with their links. */
const WITH_CLIENT = {
  idps: 'authorization_server_id',
  gateways: 'authorization_server_id',
  custom_apps: 'server_id',
  server_consents: 'server_id',
  ciba_authentication_services: 'server_id',
};

export interface Expected {
  readonly tenant: string;
  readonly workspace: string;
  /** Every element that belongs to the workspace, or to its clients in `system`. */
  readonly elements: ReadonlySet<Tree>;
  readonly systemClients: readonly string[];
}
export interface GeneratedDump {
  readonly dump: Tree;
  readonly expected: readonly Expected[];
  readonly ofTenants: readonly Tree[];
}

export const generatedDump: fc.Arbitrary<GeneratedDump> = fc.gen().map((generate) => {
  const dump: Tree = { tenants: [], servers: [] };
  const ofTenants: Tree[] = [];
  const expected: Expected[] = [];
  let made = 0;
  const add = (collection: string, element: Tree, ...owners: Set<Tree>[]): void => {
    dump[collection] ??= [];
    dump[collection].push({ ...element, made: made++ });
    for (const owner of owners) owner.add(dump[collection].at(-1));
    if (owners.length === 0) ofTenants.push(dump[collection].at(-1));
  };
  const few = (): number[] => Array.from({ length: generate(fc.nat, { max: 2 }) }, (_, index) => index);

  for (const tenant_id of ['one', 'two'].slice(0, 1 + generate(fc.nat, { max: 1 }))) {
    add('tenants', { id: tenant_id, name: tenant_id });
    for (const name of OF_TENANT) for (const index of few()) add(name, { tenant_id, id: `${name}-${index}` });
    // The same ids in both tenants: only the tenant tells them apart.
    const workspaces = ['system', 'shop', 'portal'].map((id) => ({
      id,
      own: new Set<Tree>(),
      clients: [] as string[],
    }));
    const system = workspaces[0]?.own as Set<Tree>;
    for (const { id, own, clients } of workspaces) {
      add('servers', { tenant_id, id, name: id }, own);
      for (const name of BY_SERVER)
        for (const index of few()) add(name, { tenant_id, server_id: id, id: index }, own);
      for (const name of BY_AUTHORIZATION_SERVER) {
        for (const index of few()) add(name, { tenant_id, authorization_server_id: id, id: index }, own);
      }
      for (const index of few()) {
        const client_id = `${id}-${index}`;
        add('clients', { tenant_id, authorization_server_id: id, client_id }, own);
        const point = { tenant_id, server_id: id, type: 'client_user_token', target_fk: client_id };
        add('policy_execution_points', { ...point, policy_id: 'p' }, own);
      }
      add(
        'policy_execution_points',
        { tenant_id, server_id: id, type: 'server_user_token', target_fk: id },
        own,
      );
      add('roles', { role: 'r', resource: { type: 'workspace', tenant_id, workspace_id: id } }, own);
      for (const [name, link] of Object.entries(WITH_CLIENT)) {
        for (const index of few()) {
          const client_id = `${id}-${name}-${index}`;
          add(name, { tenant_id, [link]: id, id: index, client_id }, own);
          const alsoOwn = id === 'system' ? [system] : [system, own];
          add('clients', { tenant_id, authorization_server_id: 'system', client_id }, ...alsoOwn);
          const point = {
            tenant_id,
            server_id: 'system',
            type: 'client_machine_token',
            target_fk: client_id,
          };
          add('policy_execution_points', { ...point, policy_id: 'guard' }, ...alsoOwn);
          if (id !== 'system') clients.push(client_id);
        }
      }
      for (const index of few()) add('future_things', { tenant_id, server_id: id, id: index }, own);
    }
    const [, shop, portal] = workspaces as [Tree, Tree, Tree];
    add('servers_bindings', { tenant_id, server_id: 'portal', dependent: 'shop' }, shop.own, portal.own);
    for (const { id, own, clients } of workspaces) {
      expected.push({ tenant: tenant_id, workspace: id, elements: own, systemClients: clients });
    }
  }
  return { dump, expected, ofTenants };
});

/** Every element of a dump. */
export const elementsIn = (dump: Tree): Tree[] => Object.values<Tree>(dump).filter(Array.isArray).flat();
