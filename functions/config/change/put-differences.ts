/** Builds an object as the tenant has it, with the differences as desired. */

import type { PropertyDifference } from '../compare/compare-bodies.ts';
import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import type { FieldCursor } from '../model/fields.ts';
import { credentialUnit } from './change-credentials.ts';

/** Puts the differences into a body. Everything else stays as the tenant has it: what SecureAuth changes by itself,
 * notations, and members that a release adds. A list is replaced as a whole, and so is the unit of a credential.
 * @param pointer of the object
 * @param properties between both bodies, see `compareBodies`
 * @returns a copy of `live`, which copies only containers that change */
export function putDifferences(
  pointer: string,
  desired: Json,
  live: Json,
  properties: readonly PropertyDifference[],
  table?: FieldCursor,
): Json {
  if (!isObject(desired) || !isObject(live)) return desired;
  const base = parsePointer(pointer) ?? [];
  const root: Record<string, Json> = { ...live };
  const owned = new Set<Json>([root]);
  for (const property of properties) {
    const keys = (parsePointer(property.pointer) ?? []).slice(base.length);
    const unit = credentialUnit(base, keys, [desired, live], property.secret, table) ?? keys;
    put(root, desired, unit, owned);
  }
  return root;
}

/** @param owned containers that are copies already; all others are copied before they change */
function put(
  root: Record<string, Json>,
  desired: JsonObject,
  keys: readonly string[],
  owned: Set<Json>,
): void {
  let holder = root;
  let source: JsonObject = desired;
  for (const [index, key] of keys.entries()) {
    const [there, wanted] = [member(holder, key), member(source, key)];
    if (index === keys.length - 1 || !isObject(there) || !isObject(wanted)) {
      if (wanted === undefined) Reflect.deleteProperty(holder, key);
      else setMember(holder, key, wanted);
      return;
    }
    const copy = owned.has(there) ? (there as Record<string, Json>) : { ...there };
    owned.add(copy);
    setMember(holder, key, copy);
    holder = copy;
    source = wanted;
  }
}
