import {
  filterMembers,
  isJsonObject,
  type Json,
  type JsonObject,
  memberOf,
  objectMember,
  pointerTo,
} from '../../json.ts';
import type { Ids } from '../ids.ts';
import { isOwnMember, type ObjectKind, TENANT, WORKSPACE } from '../model.ts';
import { SYSTEM_WORKSPACE, type TenantState } from '../tenants.ts';
import { COLLECTIONS, SERVICE_SCOPES } from './collections.ts';
import type { Flat } from './flat.ts';

/** Lists while they are filled. */
class Writer {
  readonly tenantId: string;
  readonly ids: Ids;
  readonly lists = new Map<string, JsonObject[]>(
    [...Object.keys(COLLECTIONS), SERVICE_SCOPES].map((name) => [name, []]),
  );
  readonly #clients = new Set<string>();

  constructor(tenantId: string, ids: Ids) {
    this.tenantId = tenantId;
    this.ids = ids;
  }

  /** @param links come first, and count more than members of the same name */
  add(list: string, links: JsonObject, own: JsonObject): void {
    const linked = { tenant_id: this.tenantId, ...links };
    this.lists.get(list)?.push({ ...linked, ...own, ...linked });
  }

  idAt(pointer: string): string {
    return this.ids.get(pointer) ?? pointer;
  }

  points(serverId: string, target: string, points: Json | undefined): void {
    for (const [type, policyId] of Object.entries(isJsonObject(points) ? points : {})) {
      if (typeof policyId !== 'string' || policyId === '') continue;
      const links = { server_id: serverId, type, target_fk: target };
      this.add('policy_execution_points', links, { policy_id: policyId });
    }
  }

  client(serverId: string, clientId: string, client: JsonObject): void {
    // Two objects may share one.
    const key = JSON.stringify([serverId, clientId]);
    if (this.#clients.has(key)) return;
    this.#clients.add(key);
    const { policy_execution_points: points, ...own } = client;
    this.add('clients', { authorization_server_id: serverId, client_id: clientId }, own);
    this.points(serverId, clientId, points);
  }

  /** The members of an object that has a client of its own: the client lives in the workspace `system`. */
  withClientId(pointer: string, value: JsonObject): JsonObject {
    const { client, ...own } = value;
    if (client === undefined) return own;
    if (!isJsonObject(client)) return { client_id: '', ...own };
    const clientId = this.idAt(pointerTo(pointer, 'client'));
    this.client(SYSTEM_WORKSPACE, clientId, client);
    return { ...own, client_id: clientId };
  }
}

/** Everything of a tenant in lists, but for pools, schemas and users, which the identity dump has. */
export function toFlat(tenantId: string, { tree, beside, ids }: TenantState): Flat {
  const writer = new Writer(tenantId, ids);
  for (const [id, workspace] of entries(tree, 'servers')) writeWorkspace(writer, id, workspace);
  writeTenantLevel(writer, tree);
  for (const [name, list] of Object.entries(beside)) writer.lists.set(name, [...list]);
  const id = { id: tenantId };
  return { tenant: { ...id, ...ownOf(TENANT, tree), ...id }, lists: writer.lists };
}

const ownOf = (kind: ObjectKind, value: JsonObject): JsonObject =>
  filterMembers(value, (name) => isOwnMember(kind, name));

const entries = (owner: Json | undefined, relation: string): [string, JsonObject][] =>
  Object.entries(objectMember(owner, relation)).filter((entry): entry is [string, JsonObject] =>
    isJsonObject(entry[1]),
  );

function writeTenantLevel(writer: Writer, tree: JsonObject): void {
  for (const [flag, feature] of entries(tree, 'features')) writer.add('feature_flags', { flag }, feature);
  for (const [id, method] of entries(tree, 'mfa_methods')) writer.add('mfa_methods', { id }, method);
  for (const [locale, own] of entries(tree, 'translations')) writer.add('translations', { locale }, own);
  for (const [id, { templates, ...theme }] of entries(tree, 'themes')) {
    writer.add('themes', { id }, theme);
    for (const [fs_path, template] of entries({ templates: templates ?? null }, 'templates')) {
      writer.add('templates', { theme_id: id, fs_path }, template);
    }
  }
}

function writeWorkspace(writer: Writer, id: string, workspace: JsonObject): void {
  const at = (...tokens: string[]): string => tokens.reduce(pointerTo, pointerTo('/servers', id));
  const byServer = { server_id: id };
  const byAuthorization = { authorization_server_id: id };
  writer.add('servers', { id }, ownOf(WORKSPACE, workspace));
  writer.points(id, id, memberOf(workspace, 'policy_execution_points'));
  for (const [clientId, client] of entries(workspace, 'clients')) writer.client(id, clientId, client);
  for (const [idp, own] of entries(workspace, 'idps')) {
    writer.add('idps', { ...byAuthorization, id: idp }, writer.withClientId(at('idps', idp), own));
  }
  writeServices(writer, id, workspace, at);
  for (const [type, claims] of entries(workspace, 'claims')) {
    for (const [name, own] of entries({ claims }, 'claims')) {
      const links = { ...byAuthorization, id: writer.idAt(at('claims', type, name)), type, name };
      writer.add('claims', links, own);
    }
  }
  for (const [policyId, policy] of entries(workspace, 'policies')) writePolicy(writer, id, policyId, policy);
  for (const [script, own] of entries(workspace, 'scripts')) {
    writer.add('scripts', { ...byAuthorization, id: script }, own);
  }
  for (const [type, points] of entries(workspace, 'script_execution_points')) {
    for (const [target_fk, own] of entries({ points }, 'points')) {
      writer.add('script_execution_points', { ...byServer, type, target_fk }, own);
    }
  }
  for (const [gatewayId, { gateway_api_groups: groups, ...gateway }] of entries(workspace, 'gateways')) {
    const own = writer.withClientId(at('gateways', gatewayId), gateway);
    writer.add('gateways', { ...byAuthorization, id: gatewayId }, own);
    for (const [group, members] of entries({ groups: groups ?? null }, 'groups')) {
      writer.add('gateway_api_groups', { ...byServer, gateway_id: gatewayId, id: group }, members);
    }
  }
  for (const [app, own] of entries(workspace, 'custom_apps')) {
    writer.add('custom_apps', { ...byServer, id: app }, writer.withClientId(at('custom_apps', app), own));
  }
  for (const [webhook_id, own] of entries(workspace, 'webhooks')) {
    writer.add('webhooks', { ...byServer, webhook_id }, own);
  }
  for (const [dependent, bound] of Object.entries(objectMember(workspace, 'servers_bindings'))) {
    if (bound === true) writer.add('servers_bindings', { ...byServer, dependent }, {});
  }
  for (const [member, list] of [
    ['server_consent', 'server_consents'],
    ['ciba_authentication_service', 'ciba_authentication_services'],
    ['theme_binding', 'theme_bindings'],
  ] as const) {
    const own = memberOf(workspace, member);
    if (isJsonObject(own)) writer.add(list, byServer, writer.withClientId(at(member), own));
  }
}

function writeServices(
  writer: Writer,
  id: string,
  workspace: JsonObject,
  at: (...tokens: string[]) => string,
): void {
  const scope = (list: string, pointer: string, links: JsonObject, name: string, value: JsonObject): void => {
    const { policy_execution_points: points, ...own } = value;
    const scopeId = writer.idAt(pointer);
    writer.add(list, { authorization_server_id: id, ...links, id: scopeId, name }, own);
    writer.points(id, scopeId, points);
  };
  for (const [name, own] of entries(workspace, 'scopes_without_service')) {
    scope('scopes_without_service', at('scopes_without_service', name), {}, name, own);
  }
  for (const [service_id, { scopes, apis, ...service }] of entries(workspace, 'services')) {
    writer.add('services', { authorization_server_id: id, id: service_id }, service);
    for (const [name, own] of entries({ scopes: scopes ?? null }, 'scopes')) {
      scope(SERVICE_SCOPES, at('services', service_id, 'scopes', name), { service_id }, name, own);
    }
    for (const [apiId, own] of entries({ apis: apis ?? null }, 'apis')) {
      writer.add('apis', { server_id: id, service_id, id: apiId }, own);
    }
  }
}

/** A policy's bindings are keyed by the tenant that has the API; the value is the API's id. */
function writePolicy(writer: Writer, serverId: string, id: string, policy: JsonObject): void {
  const { cross_tenant_api_policy_bindings: bindings, ...own } = policy;
  writer.add('policies', { server_id: serverId, id }, own);
  for (const [api_tenant_id, api_id] of Object.entries(isJsonObject(bindings) ? bindings : {})) {
    const links = { api_tenant_id, api_id, policy_tenant_id: writer.tenantId };
    writer.lists
      .get('cross_tenant_api_policy_bindings')
      ?.push({ ...links, policy_server_id: serverId, policy_id: id });
  }
}
