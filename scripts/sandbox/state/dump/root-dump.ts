import { isJsonObject, type Json, type JsonObject, memberOf } from '../../json.ts';
import { tenantOf } from './collections.ts';

/** The dump of the whole deployment: the lists of all tenants, one after another.
 * @param dumps of single tenants, made for it
 */
export function joinDumps(dumps: readonly JsonObject[]): JsonObject {
  const lists = new Map<string, Json[]>();
  for (const dump of dumps) {
    for (const [name, content] of Object.entries(dump)) {
      const list = name === 'tenant' ? 'tenants' : name;
      lists.set(list, [...(lists.get(list) ?? []), ...(Array.isArray(content) ? content : [content])]);
    }
  }
  return Object.fromEntries([...lists].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The dumps of single tenants in one of the whole deployment.
 * @returns by tenant; what names no tenant is found under the empty id
 */
export function splitDump(dump: JsonObject): Map<string, JsonObject> {
  const dumps = new Map<string, JsonObject>();
  const dumpOf = (tenantId: Json | undefined): JsonObject => {
    const id = typeof tenantId === 'string' ? tenantId : '';
    const found = dumps.get(id) ?? {};
    dumps.set(id, found);
    return found;
  };
  for (const [name, content] of Object.entries(dump)) {
    for (const element of Array.isArray(content) ? content : [content]) {
      if (name === 'tenants') dumpOf(memberOf(element, 'id'))['tenant'] = element;
      else if (isJsonObject(element)) {
        const own = dumpOf(tenantOf(name, element));
        own[name] = [...((own[name] as Json[] | undefined) ?? []), element];
      } else if (element !== null) dumpOf(undefined)[name] = content;
    }
  }
  return dumps;
}
