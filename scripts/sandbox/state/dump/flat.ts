import { filterMembers, isJsonObject, type Json, type JsonObject, memberOf } from '../../json.ts';
import { SERVICE_SCOPES } from './collections.ts';

/** A dump while it is worked on: every object in a list, none inside another one. */
export interface Flat {
  /** The tenant itself; undefined if the dump does not speak of it. */
  readonly tenant: JsonObject | undefined;
  readonly lists: ReadonlyMap<string, readonly JsonObject[]>;
}

/** Members of a service that hold objects of their own, with the lists that these go to. */
const NESTED = {
  scopes: SERVICE_SCOPES,
  apis: 'apis',
  authorization_details: 'authorization_details',
} as const;

/** Moves objects out of services. An object without an owner belongs to the service that contained it.
 * @param dump whose members are lists of objects, but for `tenant`
 */
export function flatten(dump: JsonObject): Flat {
  const lists = new Map<string, JsonObject[]>();
  const add = (name: string, element: JsonObject): void => {
    lists.set(name, [...(lists.get(name) ?? []), element]);
  };
  for (const [name, list] of Object.entries(dump)) {
    if (!Array.isArray(list)) continue;
    if (!lists.has(name)) lists.set(name, []);
    for (const element of list.filter(isJsonObject)) {
      if (name !== 'services') lists.get(name)?.push(element);
      else {
        add(
          name,
          filterMembers(element, (member) => !Object.hasOwn(NESTED, member)),
        );
        for (const [member, target] of Object.entries(NESTED)) {
          const nested = memberOf(element, member);
          for (const item of Array.isArray(nested) ? nested.filter(isJsonObject) : []) {
            add(target, { ...linksTo(element, target), ...item });
          }
        }
      }
    }
  }
  const tenant = memberOf(dump, 'tenant');
  return { tenant: isJsonObject(tenant) ? tenant : undefined, lists };
}

function linksTo(service: JsonObject, target: string): JsonObject {
  const link = target === 'apis' ? 'server_id' : 'authorization_server_id';
  const links: [string, Json | undefined][] = [
    ['tenant_id', memberOf(service, 'tenant_id')],
    [link, memberOf(service, 'authorization_server_id')],
    ['service_id', target === 'authorization_details' ? undefined : memberOf(service, 'id')],
  ];
  return Object.fromEntries(links.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** Moves scopes and APIs back into their services, as in an export. */
export function nest({ tenant, lists }: Flat): JsonObject {
  const dump = new Map<string, Json>();
  for (const [name, list] of lists) {
    if (name === SERVICE_SCOPES || name === 'apis') continue;
    dump.set(name, name === 'services' ? list.map((service) => withNested(service, lists)) : [...list]);
  }
  const entries = [...dump].concat(tenant === undefined ? [] : [['tenant', tenant]]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withNested(service: JsonObject, lists: Flat['lists']): JsonObject {
  const isOf = (item: JsonObject, link: string): boolean =>
    memberOf(item, 'service_id') === memberOf(service, 'id') &&
    memberOf(item, link) === memberOf(service, 'authorization_server_id');
  const scopes = (lists.get(SERVICE_SCOPES) ?? [])
    .filter((scope) => isOf(scope, 'authorization_server_id'))
    // A scope is tied to its service by where it lies alone.
    .map((scope) => filterMembers(scope, (member) => member !== 'service_id'));
  const apis = (lists.get('apis') ?? []).filter((api) => isOf(api, 'server_id'));
  return { ...service, scopes, apis };
}
