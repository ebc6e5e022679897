import { isJsonObject, type Json, type JsonObject, jsonKind, memberOf, pointerTo } from '../../json.ts';
import type { Problem } from '../validate.ts';
import { COLLECTIONS, collectionOf, tenantOf, workspaceIdOf } from './collections.ts';
import type { Flat } from './flat.ts';

/** What is wrong with a dump in itself: lists that are none, elements without their tenant or ids.
 * @param tenantId whose dump it is to be
 */
export function wrongElements(dump: Json, tenantId: string): Problem[] {
  if (!isJsonObject(dump)) return [{ pointer: '', problem: `dump must be object, got ${jsonKind(dump)}` }];
  return Object.entries(dump).flatMap(([name, list]): Problem[] => {
    const pointer = pointerTo('', name);
    if (name === 'tenant') return wrongTenant(list, tenantId, pointer);
    if (list === null || !Object.hasOwn(COLLECTIONS, name)) return [];
    if (!Array.isArray(list)) {
      return [{ pointer, problem: `${name} must be array, got ${jsonKind(list)}` }];
    }
    return list.flatMap((element, index) => {
      const at = pointerTo(pointer, String(index));
      if (!isJsonObject(element)) {
        return [{ pointer: at, problem: `element must be object, got ${jsonKind(element)}` }];
      }
      return wrongMembers(name, element, tenantId).map((problem) => ({ pointer: at, problem }));
    });
  });
}

function wrongTenant(tenant: Json, tenantId: string, pointer: string): Problem[] {
  if (tenant === null) return [];
  const id = memberOf(tenant, 'id');
  if (isJsonObject(tenant) && id === tenantId) return [];
  return [{ pointer, problem: `tenant must be ${tenantId}, got ${JSON.stringify(id ?? null)}` }];
}

function wrongMembers(name: string, element: JsonObject, tenantId: string): string[] {
  const problems: string[] = [];
  const tenant = tenantOf(name, element);
  if (tenant !== tenantId && name !== 'roles') {
    problems.push(`tenant must be ${tenantId}, got ${JSON.stringify(tenant ?? null)}`);
  }
  const { key = [], workspace } = collectionOf(name) ?? {};
  for (const member of new Set([...key, ...(workspace === undefined ? [] : [workspace])])) {
    // Ids may be left to the server, and vanity domains need not have a workspace.
    const isOptional =
      (member === 'id' && name !== 'servers') || (name === 'vanity_domains' && member !== 'id');
    const value = memberOf(element, member) ?? '';
    if (!isOptional && value === '') problems.push(`${member} is missing`);
  }
  return problems;
}

/** Returns the unknown collections. */
export const unknownCollections = (dump: JsonObject): string[] =>
  Object.keys(dump).filter((name) => name !== 'tenant' && !Object.hasOwn(COLLECTIONS, name));

/** Elements that name a workspace or a client which is not there. */
export function danglingElements({ lists }: Flat): Problem[] {
  const idsOf = (list: string, member: string): Set<Json | undefined> =>
    new Set((lists.get(list) ?? []).map((element) => memberOf(element, member)));
  const servers = idsOf('servers', 'id');
  const clients = idsOf('clients', 'client_id');
  return [...lists].flatMap(([name, list]) =>
    list.flatMap((element, index): Problem[] => {
      const pointer = pointerTo(pointerTo('', name), String(index));
      const server = workspaceIdOf(name, element);
      if (server !== undefined && !servers.has(server)) {
        return [{ pointer, problem: `workspace ${server} does not exist` }];
      }
      const client = memberOf(element, 'client_id') ?? '';
      return OWNERS.includes(name) && client !== '' && !clients.has(client)
        ? [{ pointer, problem: `client ${String(client)} does not exist` }]
        : [];
    }),
  );
}

/** Collections whose elements have a client of their own. */
const OWNERS = ['idps', 'gateways', 'custom_apps', 'server_consents', 'ciba_authentication_services'];
