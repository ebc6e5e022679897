/** The elements of a flat dump, each with its place. */
import { isEmpty } from '../json/blank.ts';
import { isObject, type Json, type JsonObject, member } from '../json/json.ts';
import { DUMP_COLLECTIONS, type DumpCollection } from './collections.ts';

/** An element with its place in the dump. */
export interface Element {
  readonly value: JsonObject;
  readonly index: number;
}
/** Elements by collection, in the order of the dump. */
export type Elements = ReadonlyMap<string, readonly Element[]>;

export const knownCollection = (name: string): DumpCollection | undefined =>
  Object.hasOwn(DUMP_COLLECTIONS, name) ? DUMP_COLLECTIONS[name] : undefined;

/** Returns the lists of a dump, without the elements of other tenants.
 * @param tenant id of the tenant; `undefined` if the dump names none */
export function elementsOf(dump: JsonObject, tenant: string | undefined): Elements {
  const lists = new Map<string, Element[]>();
  for (const [name, list] of Object.entries(dump)) {
    if (!Array.isArray(list)) continue;
    const path = knownCollection(name)?.tenant ?? 'tenant_id';
    const elements: Element[] = [];
    list.forEach((value: Json, index) => {
      if (!isObject(value)) return;
      const owner = memberAt(value, path);
      if (owner === tenant || tenant === undefined || isEmpty(owner)) elements.push({ value, index });
    });
    lists.set(name, elements);
  }
  return lists;
}

/** Returns the same collections with other elements. */
export const mapElements = (
  elements: Elements,
  change: (name: string, elements: readonly Element[]) => readonly Element[],
): Elements => new Map([...elements].map(([name, list]) => [name, change(name, list)]));

/** Returns the member at a dotted path. */
export const memberAt = (value: Json, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((holder, name) => member(holder, name), value);
