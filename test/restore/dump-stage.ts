import type { Clients } from '../../functions/runtime/clients.ts';
import type { SystemApi } from '../../functions/tenant/api/system.client.ts';
import { CANARY_MARKER, type DemoTenant, demoTenants, valuesBesideTree } from '../../scripts/demo/tenants.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { changed, type Stage } from './stage.ts';

/** Tenants with what no tree shows, and ways to damage it: through the tenant's own APIs, as its administrators would. */
export interface DumpStage {
  /** A tenant with a backup of these parts. */
  backedUp(id: string, parts?: readonly string[], changes?: object, furtherUsers?: number): Promise<string>;
  /** Change elements of a collection, or take them out by returning nothing. */
  damage(tenant: string, api: DumpApi, collection: string, change: Change): Promise<void>;
  /** A collection as it is now. */
  list(tenant: string, collection: string): readonly JsonObject[];
  /** What the sandbox has: its dump and its people, by collection; each list without order, without times
   * that are stamped and codes that are pending. */
  everything(tenant: string): Readonly<Record<string, unknown>>;
  /** Requests that wrote, or should have written, through dumps. */
  dumpWritesTo(tenant: string): readonly string[];
  secretsOf(tenant: string): readonly string[];
}

type DumpApi = 'system' | 'identity';

/** Clients whose system API is another one. */
export const withSystem = (
  clients: Clients,
  change: (system: SystemApi) => Partial<SystemApi>,
): Partial<Clients> => ({
  connect: (...where) =>
    changed(clients.connect(...where), ({ system }) => ({ system: { ...system, ...change(system) } })),
});
type Change = (element: JsonObject) => object | undefined;

export function dumpStage(stage: Stage): DumpStage {
  const { sandbox, clients } = stage;
  const both = (tenant: string) => ({ ...sandbox.dump(tenant, false), ...sandbox.identity(tenant) });
  return {
    async backedUp(id, parts = ['hub', 'system', 'identity'], changes = {}, furtherUsers = 0) {
      const { tree, dump, identity: people } = demoTenants()[0] as DemoTenant;
      const [user = {}, ...users] = people['users'] ?? [];
      const others = Array.from({ length: furtherUsers }, (_, index) => ({ ...user, id: `other-${index}` }));
      const identity = { ...people, users: [user, ...users, ...others] };
      await stage.newTenant(id, { tree, dump, identity });
      await stage.changeEnrolment(id, { parts, ...changes });
      await stage.backUp(id);
      return id;
    },
    async damage(tenant, api, collection, change) {
      const enrolment = await clients.enrolments.get(tenant);
      const apis = clients.connect(enrolment, 'manage', 'damage-by-an-administrator-0001');
      const dump = JSON.parse((await apis[api].exportDump()).toString());
      const list = (dump[collection] as JsonObject[]).flatMap((element) => change(element) ?? []);
      const operations = [{ op: 'add', path: `/${collection}`, value: list }];
      await apis[api].patchDump(JSON.stringify(operations), { mode: 'update' });
    },
    list: (tenant, collection) => (both(tenant) as unknown as Record<string, JsonObject[]>)[collection] ?? [],
    everything: (tenant) =>
      Object.fromEntries(
        Object.entries(both(tenant)).flatMap(([name, list]) =>
          name === 'codes'
            ? []
            : [
                [
                  name,
                  Array.isArray(list)
                    ? (list as JsonObject[])
                        // The ids of claims are made anew by every import of a tree.
                        .map((element) =>
                          JSON.stringify(name === 'claims' ? { ...element, id: '' } : element, stable),
                        )
                        .sort()
                    : list,
                ],
              ],
        ),
      ),
    dumpWritesTo: (tenant) =>
      sandbox.requests
        .filter(
          ({ tenant: of, method, path }) =>
            of === tenant &&
            method !== 'GET' &&
            /\/api\/(system|identity)\//.test(path) &&
            path.includes('/configuration'),
        )
        .map(({ method, path }) => `${method} ${path.split('/')[2]}`),
    secretsOf: (tenant) => [
      ...valuesBesideTree(sandbox.dump(tenant) as never),
      ...valuesBesideTree(sandbox.identity(tenant) as never),
      CANARY_MARKER,
    ],
  };
}

/** Members in one order, and without what the server stamps. */
function stable(name: string, value: unknown): unknown {
  if (/^(created_at|updated_at|client_id_issued_at)$/.test(name)) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Damage in collections of every kind that no tree has: four objects are gone, and four are changed. */
export async function damageSystem({ damage }: DumpStage, tenant: string): Promise<void> {
  await damage(tenant, 'system', 'acrs', (acr) =>
    String(acr['value']).endsWith('otp') ? undefined : { ...acr, disabled: !acr['disabled'] },
  );
  await damage(tenant, 'system', 'roles', (role) => (role['role'] === 'auditor' ? undefined : role));
  await damage(tenant, 'system', 'secrets', (secret) =>
    secret['id'] === 'crm-token' ? { ...secret, secret: 'rotated-by-mistake-0123456789' } : undefined,
  );
  await damage(tenant, 'system', 'vanity_domains', (domain) =>
    domain['type'] === 'server' ? undefined : { ...domain, key: 'another-key-0123456789' },
  );
}

/** One person is deleted, everybody else and a group are changed. */
export async function damagePeople({ damage }: DumpStage, tenant: string): Promise<void> {
  const isAda = (id: unknown) => String(id).endsWith('-ada');
  for (const collection of [
    'codes',
    'group_members',
    'user_credentials',
    'user_identifiers',
    'user_verifiable_addresses',
  ]) {
    await damage(tenant, 'identity', collection, (each) => (isAda(each['user_id']) ? undefined : each));
  }
  await damage(tenant, 'identity', 'users', (user) =>
    isAda(user['id']) ? undefined : { ...user, status: 'inactive' },
  );
  await damage(tenant, 'identity', 'groups', (group) => ({ ...group, description: 'changed' }));
}
