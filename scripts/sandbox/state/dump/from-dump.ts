import { filterMembers, isJsonObject, type Json, type JsonObject, memberOf, pointerTo } from '../../json.ts';
import type { Ids } from '../ids.ts';
import { type Collections, SYSTEM_WORKSPACE } from '../tenants.ts';
import { COLLECTIONS, SERVICE_SCOPES } from './collections.ts';
import type { Flat } from './flat.ts';

export interface FromFlat {
  readonly tree: JsonObject;
  readonly beside: Collections;
  readonly ids: Ids;
}

/** Elements of one list, by what ties them to an owner. */
type Index = ReadonlyMap<string, readonly JsonObject[]>;

const textOf = (element: JsonObject, member: string): string => String(memberOf(element, member) ?? '');
const keyOf = (...parts: string[]): string => JSON.stringify(parts);

/** The tree of a tenant, and what a tree cannot hold. What a dump cannot hold (pools, schemas) is missing in it.
 * @param flat whose elements are whole: each has its ids and names an existing workspace
 */
export function fromFlat(flat: Flat): FromFlat {
  const reader = new Reader(flat);
  const servers = reader.map('servers', [], (id, element) => reader.workspace(id, element));
  const tenant = flat.tenant === undefined ? {} : without(flat.tenant, 'id');
  const tree = {
    ...tenant,
    servers,
    features: reader.map(
      'feature_flags',
      [],
      (_id, element) => without(element, 'tenant_id', 'flag'),
      'flag',
    ),
    mfa_methods: reader.map('mfa_methods', [], plain),
    themes: reader.map('themes', [], (id, element) => ({
      ...plain(id, element),
      templates: reader.map(
        'templates',
        [id],
        (_path, template) => without(template, 'tenant_id', 'theme_id', 'fs_path'),
        'fs_path',
      ),
    })),
    translations: reader.map('translations', [], (_id, own) => without(own, 'tenant_id', 'locale'), 'locale'),
  };
  const beside = Object.fromEntries(
    [...flat.lists].filter(([name, list]) => list.length > 0 && name !== SERVICE_SCOPES && !isInTree(name)),
  );
  return { tree, beside, ids: reader.ids };
}

const isInTree = (name: string): boolean =>
  Object.hasOwn(COLLECTIONS, name) && COLLECTIONS[name]?.beside !== true;

const without = (element: JsonObject, ...members: string[]): JsonObject =>
  filterMembers(element, (name) => !members.includes(name));

/** An element that only its tenant and id tie to where it is. */
const plain = (_id: string, element: JsonObject): JsonObject => without(element, 'tenant_id', 'id');

/** What ties the elements of a list to their owner, apart from the tenant. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  apis: ['server_id', 'service_id'],
  cross_tenant_api_policy_bindings: ['policy_server_id', 'policy_id'],
  gateway_api_groups: ['server_id', 'gateway_id'],
  [SERVICE_SCOPES]: ['authorization_server_id', 'service_id'],
  templates: ['theme_id'],
  servers: [],
};

class Reader {
  readonly ids = new Map<string, string>();
  readonly #indexes = new Map<string, Index>();
  readonly #points = new Map<string, JsonObject>();
  /** Clients of the workspace `system` by id. */
  readonly #systemClients = new Map<string, JsonObject>();
  /** Ids of those that other objects have as their own. */
  readonly #embedded = new Set<string>();

  constructor({ lists }: Flat) {
    for (const [name, list] of lists) {
      const link = COLLECTIONS[name]?.workspace;
      const owners = OWNERS[name] ?? (link === undefined ? [] : [link]);
      this.#indexes.set(
        name,
        Map.groupBy(list, (element) => keyOf(...owners.map((owner) => textOf(element, owner)))),
      );
    }
    for (const client of lists.get('clients') ?? []) {
      if (textOf(client, 'authorization_server_id') !== SYSTEM_WORKSPACE) continue;
      this.#systemClients.set(textOf(client, 'client_id'), client);
    }
    for (const list of [
      'idps',
      'gateways',
      'custom_apps',
      'server_consents',
      'ciba_authentication_services',
    ]) {
      for (const owner of lists.get(list) ?? []) {
        const clientId = textOf(owner, 'client_id');
        if (this.#systemClients.has(clientId)) this.#embedded.add(clientId);
      }
    }
    for (const point of lists.get('policy_execution_points') ?? []) {
      const policyId = memberOf(point, 'policy_id');
      if (typeof policyId !== 'string' || policyId === '') continue;
      const target = keyOf(targetKind(point), textOf(point, 'server_id'), textOf(point, 'target_fk'));
      const points = this.#points.get(target) ?? {};
      this.#points.set(target, { ...points, ...Object.fromEntries([[textOf(point, 'type'), policyId]]) });
    }
  }

  /** The elements of a list that belong to one owner, by their id. */
  map(
    list: string,
    owners: readonly string[],
    read: (id: string, element: JsonObject) => Json,
    idMember = 'id',
  ): JsonObject {
    const elements = this.#indexes.get(list)?.get(keyOf(...owners)) ?? [];
    return Object.fromEntries(
      elements.map((element) => {
        const id = textOf(element, idMember);
        return [id, read(id, element)];
      }),
    );
  }

  workspace(id: string, server: JsonObject): JsonObject {
    const pointer = (...tokens: string[]): string => tokens.reduce(pointerTo, pointerTo('/servers', id));
    const byServer = (_id: string, element: JsonObject, ...more: string[]): JsonObject =>
      without(element, 'tenant_id', 'server_id', 'id', ...more);
    const byAuthorization = (element: JsonObject, ...more: string[]): JsonObject =>
      without(element, 'tenant_id', 'authorization_server_id', 'id', ...more);
    const clients = this.map(
      'clients',
      [id],
      (clientId, element) => this.#client(id, clientId, element),
      'client_id',
    );
    return {
      ...plain(id, server),
      clients: filterMembers(clients, (client) => id !== SYSTEM_WORKSPACE || !this.#embedded.has(client)),
      idps: this.map('idps', [id], (idp, own) =>
        this.#withClient(pointer('idps', idp), byAuthorization(own)),
      ),
      services: this.map('services', [id], (service, own) => ({
        ...byAuthorization(own),
        scopes: this.#scopes(SERVICE_SCOPES, [id, service], (name) =>
          pointer('services', service, 'scopes', name),
        ),
        apis: this.map('apis', [id, service], (api, element) => byServer(api, element, 'service_id')),
      })),
      scopes_without_service: this.#scopes('scopes_without_service', [id], (name) =>
        pointer('scopes_without_service', name),
      ),
      claims: this.#claims(id, pointer, byAuthorization),
      policies: this.map('policies', [id], (policy, own) => this.#policy(id, policy, byServer(policy, own))),
      policy_execution_points: this.#points.get(keyOf('server', id, id)) ?? {},
      scripts: this.map('scripts', [id], (_script, own) => byAuthorization(own)),
      script_execution_points: this.#scriptPoints(id),
      gateways: this.map('gateways', [id], (gateway, own) => ({
        ...this.#withClient(pointer('gateways', gateway), byAuthorization(own)),
        gateway_api_groups: this.map('gateway_api_groups', [id, gateway], (group, element) =>
          byServer(group, element, 'gateway_id'),
        ),
      })),
      custom_apps: this.map('custom_apps', [id], (app, own) =>
        this.#withClient(pointer('custom_apps', app), byServer(app, own)),
      ),
      webhooks: this.map('webhooks', [id], (hook, own) => byServer(hook, own, 'webhook_id'), 'webhook_id'),
      servers_bindings: this.map('servers_bindings', [id], () => true, 'dependent'),
      server_consent: this.#single('server_consents', id, pointer('server_consent')),
      ciba_authentication_service: this.#single(
        'ciba_authentication_services',
        id,
        pointer('ciba_authentication_service'),
      ),
      theme_binding: this.#single('theme_bindings', id, pointer('theme_binding')),
    };
  }

  #client(serverId: string, clientId: string, element: JsonObject): Json {
    const own = without(element, 'tenant_id', 'authorization_server_id', 'client_id');
    const points = this.#points.get(keyOf('client', serverId, clientId));
    return points === undefined ? own : { ...own, policy_execution_points: points };
  }

  /** An object with its own client inside it, instead of that client's id. */
  #withClient(pointer: string, owner: JsonObject): JsonObject {
    if (!Object.hasOwn(owner, 'client_id')) return owner;
    const clientId = textOf(owner, 'client_id');
    const client = this.#systemClients.get(clientId);
    const own = without(owner, 'client_id');
    if (client === undefined) return { ...own, client: null };
    this.ids.set(pointerTo(pointer, 'client'), clientId);
    return { ...own, client: this.#client(SYSTEM_WORKSPACE, clientId, client) };
  }

  #scopes(list: string, owners: readonly string[], pointer: (name: string) => string): JsonObject {
    const [serverId = ''] = owners;
    return this.map(
      list,
      owners,
      (name, element) => {
        const id = textOf(element, 'id');
        this.ids.set(pointer(name), id);
        const links = ['tenant_id', 'authorization_server_id', 'service_id', 'id', 'name'];
        const points = this.#points.get(keyOf('scope', serverId, id));
        return { ...without(element, ...links), ...(points && { policy_execution_points: points }) };
      },
      'name',
    );
  }

  #claims(
    id: string,
    pointer: (...tokens: string[]) => string,
    byAuthorization: (element: JsonObject, ...more: string[]) => JsonObject,
  ): JsonObject {
    const byType = Map.groupBy(this.#indexes.get('claims')?.get(keyOf(id)) ?? [], (claim) =>
      textOf(claim, 'type'),
    );
    const typed = [...byType].map(([type, claims]): [string, Json] => [
      type,
      Object.fromEntries(
        claims.map((claim) => {
          const name = textOf(claim, 'name');
          this.ids.set(pointer('claims', type, name), textOf(claim, 'id'));
          return [name, byAuthorization(claim, 'type', 'name')];
        }),
      ),
    ]);
    return Object.fromEntries(typed);
  }

  #policy(serverId: string, id: string, own: JsonObject): JsonObject {
    const bindings = this.#indexes.get('cross_tenant_api_policy_bindings')?.get(keyOf(serverId, id)) ?? [];
    if (bindings.length === 0) return own;
    const byTenant = bindings.map((binding): [string, Json] => [
      textOf(binding, 'api_tenant_id'),
      memberOf(binding, 'api_id') ?? null,
    ]);
    return { ...own, cross_tenant_api_policy_bindings: Object.fromEntries(byTenant) };
  }

  #scriptPoints(id: string): JsonObject {
    const points = this.#indexes.get('script_execution_points')?.get(keyOf(id)) ?? [];
    const typed = [...Map.groupBy(points, (point) => textOf(point, 'type'))].map(
      ([type, list]): [string, Json] => [
        type,
        Object.fromEntries(
          list.map((point) => [
            textOf(point, 'target_fk'),
            without(point, 'tenant_id', 'server_id', 'type', 'target_fk'),
          ]),
        ),
      ],
    );
    return Object.fromEntries(typed);
  }

  #single(list: string, id: string, pointer: string): Json {
    const [element] = this.#indexes.get(list)?.get(keyOf(id)) ?? [];
    if (!isJsonObject(element)) return null;
    return this.#withClient(pointer, without(element, 'tenant_id', 'server_id'));
  }
}

/** What an execution point hangs on, told by its type. */
function targetKind(point: JsonObject): 'client' | 'scope' | 'server' {
  const type = textOf(point, 'type');
  if (type.startsWith('client_')) return 'client';
  return type.startsWith('scope_') ? 'scope' : 'server';
}
