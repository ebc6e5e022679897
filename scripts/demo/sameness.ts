import { type Json, pointerTo } from '../sandbox/json.ts';

/** Members that the server sets itself when it stores or creates an object. All others must come back. */
const STAMPS = new Set(['updated_at', 'created_at', 'client_id_issued_at']);

/** Every place at which two documents differ, strictly: order in lists, null against missing, all of it.
 * Kept apart from the product's own comparison on purpose, so that the one can vouch for the other.
 * @returns JSON Pointers (RFC 6901) */
export function differencesBetween(a: Json | undefined, b: Json | undefined, pointer = ''): string[] {
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  ) {
    return Object.is(a, b) ? [] : [pointer];
  }
  const left = new Map(Object.entries(a));
  const right = new Map(Object.entries(b));
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((name) => !STAMPS.has(name))
    .flatMap((name) => differencesBetween(left.get(name), right.get(name), pointerTo(pointer, name)));
}
