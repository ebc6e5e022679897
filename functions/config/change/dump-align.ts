/** Prepares a dump for a tenant: with the tenant's own ids where ids are random, and its own credentials where the
 * dump shows none. */
import { hidesPayload } from '../credentials/blank-dump-credentials.ts';
import { hasPlaceholder, showsNoSecret, withoutPlaceholders } from '../credentials/blank-secret.ts';
import { splitCredentials } from '../credentials/credentials.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { formatPointer, parsePointer } from '../json/pointer.ts';
import { DUMP_CURSOR } from '../model/dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { marksAt } from '../model/fields.ts';
import type { CredentialChoice } from './change-credentials.ts';

/** Types for which an import from a tree generates new ids. */
const RANDOM_IDS: ReadonlySet<string> = new Set(['claims', 'scopes', 'scopes_without_service']);

/** Gives scopes and claims the ids that they have in the tenant, and lets the execution points of these scopes name
 * them. Without this, an import would create a second scope with the same name. Objects that the tenant lacks keep
 * their ids.
 * @returns a copy, if anything changes */
export function withLiveIds(desired: JsonObject, live: JsonObject): JsonObject {
  const liveIds = new Map<string, Json | undefined>();
  for (const { type, key, body } of dumpObjectsOf(live)) {
    if (RANDOM_IDS.has(type)) liveIds.set(key, member(body, 'id'));
  }
  const renamed = new Map<string, string>();
  const changes = new Map<string, JsonObject>();
  for (const { type, key, pointer, body } of dumpObjectsOf(desired)) {
    if (!RANDOM_IDS.has(type) || !isObject(body)) continue;
    const [id, liveId] = [member(body, 'id'), liveIds.get(key)];
    if (typeof liveId !== 'string' || liveId === '' || liveId === id) continue;
    changes.set(pointer, { ...body, id: liveId });
    if (typeof id === 'string' && type !== 'claims') renamed.set(id, liveId);
  }
  for (const { type, pointer, body } of dumpObjectsOf(desired)) {
    if (type !== 'policy_execution_points' || !isObject(body)) continue;
    const target = member(body, 'target_fk');
    const point = member(body, 'type');
    const to = typeof target === 'string' ? renamed.get(target) : undefined;
    if (to !== undefined && typeof point === 'string' && point.startsWith('scope_')) {
      changes.set(pointer, { ...body, target_fk: to });
    }
  }
  return replaceAt(desired, changes);
}

/** Puts values at places of a document, and copies only the containers around them. */
function replaceAt(document: JsonObject, changes: ReadonlyMap<string, Json>): JsonObject {
  if (changes.size === 0) return document;
  const owned = new Set<Json>();
  const own = (container: Json): Record<string, Json> => {
    const copy = owned.has(container)
      ? container
      : Array.isArray(container)
        ? [...container]
        : { ...(container as JsonObject) };
    owned.add(copy);
    return copy as Record<string, Json>;
  };
  const root = own(document);
  for (const [pointer, value] of changes) {
    const keys = parsePointer(pointer) ?? [];
    const last = keys.pop() as string;
    let holder = root;
    for (const key of keys) {
      const below = own(member(holder, key) as Json);
      setMember(holder, key, below);
      holder = below;
    }
    setMember(holder, last, value);
  }
  return root;
}

export interface AlignedCredentials {
  readonly element: JsonObject;
  /** Dotted names, from the element down, of members that have the tenant's credentials. */
  readonly filled: readonly string[];
}

/** Gives an element the tenant's credentials where it shows none: an import of blanks would delete them. With the
 * choice `keep` it gets all of them.
 * @param live the same element of the tenant */
export function withLiveCredentials(
  type: string,
  element: JsonObject,
  live: JsonObject,
  choice: CredentialChoice | undefined,
): AlignedCredentials {
  if (type === 'user_credentials' && hidesPayload(element) && !hidesPayload(live)) {
    return { element: { ...element, payload: live['payload'] as Json }, filled: ['payload'] };
  }
  let aligned = element;
  const filled: string[] = [];
  for (const found of Object.keys(credentialsOf(type, live))) {
    const [, , ...path] = parsePointer(found) ?? [];
    // An element of a list has no stable name: such a member is taken from one side as a whole.
    const inList = path.some((_, index) => Array.isArray(valueAt(live, path.slice(0, index))));
    const place = inList ? path.slice(0, 1) : path;
    if (place.length === 0 || filled.includes(place.join('.'))) continue;
    const ours = valueAt(aligned, place);
    const theirs = valueAt(live, place);
    if (theirs === undefined || theirs === ours) continue;
    const pointer = elementOf(type) + formatPointer(place);
    const isMissing =
      isBlank(ours) ||
      (isKnown(pointer) && showsNoSecret(ours)) ||
      hasPlaceholder(ours as Json, pointer, DUMP_CURSOR) ||
      (inList && !hasCredentials(type, place, ours));
    if (choice !== 'keep' && !isMissing) continue;
    if (place.length > 1 && !isObject(valueAt(aligned, place.slice(0, -1)))) continue;
    aligned = replaceAt(aligned, new Map([[formatPointer(place), theirs]]));
    filled.push(place.join('.'));
  }
  return { element: aligned, filled };
}

/** Returns an element that the tenant lacks, with blanks in place of placeholders. */
export const asNew = (type: string, element: JsonObject): JsonObject =>
  withoutPlaceholders(element, elementOf(type), DUMP_CURSOR) as JsonObject;

/** Returns the place of a type's elements in the table. */
const elementOf = (type: string): string => (type === 'tenant' ? '/tenant' : `/${type}/0`);

/** Tells whether the table has a place of credentials. Elsewhere, a word such as `none` is a setting. */
function isKnown(pointer: string): boolean {
  const { secret, keySet } = marksAt(parsePointer(pointer) ?? [], DUMP_CURSOR);
  return secret || keySet;
}

const credentialsOf = (type: string, element: JsonObject): Readonly<Record<string, Json>> => {
  const dump = { [type]: [element] };
  return splitCredentials(dump, dump, DUMP_CURSOR).credentials;
};

const hasCredentials = (type: string, place: readonly string[], value: Json | undefined): boolean =>
  value !== undefined && Object.keys(credentialsOf(type, { [place[0] as string]: value })).length > 0;

const valueAt = (value: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((at, key) => (isContainer(at) ? member(at, key) : undefined), value);

/** Tells whether an object is the client that this operation authenticates with, or bound to it. */
export const isOfClient = (object: DumpObject, clientId: string): boolean => clientOf(object) === clientId;

/** Returns the id of a client, or the id of what an execution point is bound to. */
export const clientOf = ({ type, body }: DumpObject): Json | undefined =>
  type === 'clients'
    ? member(body, 'client_id')
    : type.endsWith('_execution_points')
      ? member(body, 'target_fk')
      : undefined;
