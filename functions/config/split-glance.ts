/** The glance that spares `Splitter` most of an export: what both exports have, and nothing of which is a credential. */
import { isBlankLeaf } from './blank.ts';
import { type FieldCursor, isCollection } from './fields.ts';
import { isRawNumber, type Json, type JsonObject } from './json.ts';
import { isJwk, looksLikeCredential } from './lookalike.ts';
import { step } from './path-table.ts';

/** Where a value is. */
export interface Surroundings {
  readonly isList: boolean;
  /** Names of members are ids of objects. */
  readonly collection: boolean;
  /** Names of members are not the names of fields. */
  readonly unnamed: boolean;
  readonly jwk: boolean;
}

/** Something may be a credential, or is nested deeper than a glance goes. */
export const UNCLEAR = -1;

/** A glance recurses; below, `Splitter` takes over, which does not. */
const MAX_DEPTH = 32;

/** Look for credentials in a value that is the same in both exports.
 * @param key its own
 * @param cursor its place in the table; nothing above it is marked as secret
 * @returns how many members its objects have if nothing of it is a credential, else `UNCLEAR` */
export function glance(
  value: Json,
  key: string,
  cursor: FieldCursor,
  around: Surroundings,
  depth = 0,
): number {
  let unnamed = around.unnamed;
  if (cursor !== undefined && cursor.marks.size > 0) {
    if (cursor.marks.has('secret')) return isBlankLeaf(value) ? 0 : UNCLEAR;
    unnamed ||= cursor.marks.has('prose') || cursor.marks.has('links');
  }
  if (typeof value === 'string') {
    if (value === '') return 0;
    const name = unnamed || around.collection || around.isList ? undefined : key;
    return looksLikeCredential(name, value, around.jwk) ? UNCLEAR : 0;
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return 0;
  if (depth === MAX_DEPTH) return UNCLEAR;
  if (!Array.isArray(value)) return glanceAtMembers(value as JsonObject, cursor, unnamed, depth);
  const name = unnamed || around.collection || around.isList ? undefined : key;
  if (looksLikeCredential(name, value, around.jwk)) return UNCLEAR;
  return glanceAtElements(value, cursor, unnamed, depth);
}

function glanceAtMembers(object: JsonObject, cursor: FieldCursor, unnamed: boolean, depth: number): number {
  const around = { isList: false, collection: isCollection(cursor), unnamed, jwk: isJwk(object) };
  let members = 0;
  // Makes no lists of names and values. All members are own ones, also the one called `__proto__`.
  for (const key in object) {
    const below = glance(object[key] as Json, key, cursor && step(cursor, key), around, depth + 1);
    if (below === UNCLEAR) return UNCLEAR;
    members += 1 + below;
  }
  return members;
}

function glanceAtElements(
  list: readonly Json[],
  cursor: FieldCursor,
  unnamed: boolean,
  depth: number,
): number {
  const around = { isList: true, collection: isCollection(cursor), unnamed, jwk: false };
  let members = 0;
  for (let at = 0; at < list.length; at++) {
    const key = cursor === undefined ? '' : String(at);
    const below = glance(list[at] as Json, key, cursor && step(cursor, key), around, depth + 1);
    if (below === UNCLEAR) return UNCLEAR;
    members += below;
  }
  return members;
}
