import { filterMembers, type Json, type JsonObject, memberOf } from '../json.ts';
import type { ObjectKind } from './model.ts';

/** RFC 3339 in UTC with trailing zeros of the fraction trimmed, as Go prints times. */
export const timestamp = (at: Date): string => at.toISOString().replace(/\.?0*Z$/, 'Z');

const unixSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** The members that the server does not stamp: what a person configured. */
export const withoutStamps = (kind: ObjectKind, value: JsonObject): JsonObject => {
  const stamped = new Set(kind.stamps?.map(({ member }) => member));
  return filterMembers(value, (name) => !stamped.has(name));
};

/** Sets the times that the server sets itself, regardless of the document.
 * @param previous the object before the write; undefined when it is being created
 * @param changed whether the write changes anything that a person configured
 */
export function stamp(
  kind: ObjectKind,
  value: JsonObject,
  previous: JsonObject | undefined,
  changed: boolean,
  at: Date,
): JsonObject {
  const stamps: [string, Json][] = [];
  for (const { member, when, as } of kind.stamps ?? []) {
    const now = as === 'rfc3339' ? timestamp(at) : unixSeconds(at);
    const kept = memberOf(previous, member);
    if (previous === undefined || (when === 'changed' && changed)) stamps.push([member, now]);
    else if (kept !== undefined) stamps.push([member, kept]);
  }
  return { ...withoutStamps(kind, value), ...Object.fromEntries(stamps) };
}
