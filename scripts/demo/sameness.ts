import { type Json, pointerTo } from '../sandbox/json.ts';

/** Members that the server sets itself when it stores or creates an object. All others must come back. */
const STAMPS = new Set(['updated_at', 'created_at', 'client_id_issued_at']);

/** Lists every difference of two documents, strictly: also the order of lists, and null against missing.
 * It shares no code with the product's comparison, so that each checks the other.
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
