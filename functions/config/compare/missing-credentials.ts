/** Finds credentials that an export no longer shows, although the objects around them are as they were. */
import type { Fingerprints } from '../credentials/fingerprints.ts';
import type { Json, JsonObject } from '../json/json-value.ts';
import { parsePointer } from '../json/pointer.ts';
import { DUMP_CURSOR } from '../model/dump-fields.ts';
import { dumpObjectsOf } from '../model/dump-objects.ts';
import { marksAt, ROOT_CURSOR } from '../model/fields.ts';
import { objectsOf } from '../model/objects.ts';
import { ownersOf } from '../model/places.ts';
import type { ObjectDifference } from './compare-objects.ts';

/** A tree or a dump without its credentials, and their fingerprints by JSON Pointer. */
export interface Fingerprinted {
  readonly document: Json;
  readonly fingerprints: Fingerprints;
}

/** Rotations end by themselves. */
const ROTATED: ReadonlySet<string> = new Set([
  'rotated_secrets',
  'hashed_rotated_secrets',
  'registration_token',
]);

/** Finds the known credentials of objects that neither went nor changed in anything else.
 * @param differences between the two, see `compareTrees` and `compareDumps`
 * @returns their JSON Pointers in the older document */
export function missingCredentials(
  older: Fingerprinted,
  newer: Fingerprinted,
  differences: readonly ObjectDifference[],
  isDump: boolean,
): string[] {
  const isThere = (pointer: string) => Object.hasOwn(newer.fingerprints, pointer);
  if (!isDump && Object.keys(older.fingerprints).every(isThere)) return [];
  const differing = new Set(differences.flatMap(({ kind, pointer }) => (kind === 'extra' ? [] : [pointer])));
  const there = placesIn(newer, isDump);
  return [...placesIn(older, isDump)].flatMap(([place, { pointer, owner }]) => {
    const keys = parsePointer(pointer) ?? [];
    const { secret, keySet } = marksAt(keys, isDump ? DUMP_CURSOR : ROOT_CURSOR);
    const isExpected = secret && !keySet && !keys.some((key) => ROTATED.has(key));
    return isExpected && !there.has(place) && !differing.has(owner) ? [pointer] : [];
  });
}

/** Lists the credentials by a name that finds them in another export. */
function placesIn(
  { document, fingerprints }: Fingerprinted,
  isDump: boolean,
): Map<string, { readonly pointer: string; readonly owner: string }> {
  const keys = new Map<string, string>();
  if (isDump) for (const { pointer, key } of dumpObjectsOf(document as JsonObject)) keys.set(pointer, key);
  else for (const { pointer } of objectsOf(document)) keys.set(pointer, pointer);
  const places = new Map<string, { readonly pointer: string; readonly owner: string }>();
  for (const pointer of Object.keys(fingerprints)) {
    const owner = [...ownersOf(pointer)].find((each) => keys.has(each)) ?? '';
    places.set(`${keys.get(owner) ?? ''} ${pointer.slice(owner.length)}`, { pointer, owner });
  }
  return places;
}
