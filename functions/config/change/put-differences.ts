/** An object as it is, with what differs as it should be. */

import type { PropertyDifference } from '../compare/compare-bodies.ts';
import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import type { FieldCursor } from '../model/fields.ts';
import { credentialUnit } from './change-credentials.ts';

/** Puts what differs into a body. All else stays as the tenant has it: what SecureAuth changes by itself, notations, and what
 * a release has added. A list is put as a whole, and so is what goes together with a credential.
 * @param pointer of the object
 * @param properties between both bodies, see `compareBodies`
 * @returns a copy of `live`, of which only what is changed is copied */
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

/** @param owned containers that are ours already; all others are copied before they are changed */
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
