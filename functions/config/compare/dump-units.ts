/** Defines what an import replaces as a whole: an element with the lists inside it, and a user with all that belongs
 * to it. */

import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { isRuntime } from './compare-dumps.ts';

/** An object of a dump, with its place in an element. */
export interface DumpEntry {
  readonly object: DumpObject;
  /** Element in whose list it lies; missing for elements themselves. */
  readonly owner?: { readonly key: string; readonly list: string };
  /** Name of the whole that it is sent in. */
  readonly unit: string;
}

/** Collections of an identity dump whose elements belong to a user: an import of the user replaces them all. */
const OF_USERS: ReadonlySet<string> = new Set([
  'user_credentials',
  'user_identifiers',
  'user_verifiable_addresses',
  'group_members',
  'codes',
]);

/** Lists the objects of a dump by their keys, in its order: owners before what lies in them. */
export function entriesOf(dump: JsonObject): Map<string, DumpEntry> {
  const entries = new Map<string, DumpEntry>();
  let element: DumpObject | undefined;
  for (const object of dumpObjectsOf(dump)) {
    const [, , list] = parsePointer(object.pointer) ?? [];
    if (list === undefined || element === undefined) {
      element = object;
      entries.set(object.key, { object, unit: unitOf(object) });
    } else {
      entries.set(object.key, { object, owner: { key: element.key, list }, unit: unitOf(element) });
    }
  }
  return entries;
}

function unitOf({ type, tenant, key, body }: DumpObject): string {
  const userId =
    type === 'users' ? member(body, 'id') : OF_USERS.has(type) ? member(body, 'user_id') : undefined;
  return typeof userId === 'string'
    ? JSON.stringify(['users', tenant ?? null, member(body, 'user_pool_id') ?? null, userId])
    : key;
}

/** What an operation sends and leaves behind. */
export interface SentAndTargetState {
  /** The wholes that have a written object; null for none. */
  readonly document: JsonObject | null;
  readonly targetState: JsonObject;
  /** Keys of written objects whose owner neither exists in the tenant nor is written. */
  readonly ownerless: readonly string[];
}

/** Builds the document to send, and the state afterwards. An object that is not written stays as in the tenant, even
 * if the whole around it is sent.
 * @param written keys of the desired objects that must exist afterwards */
export function sendWholes(
  desired: ReadonlyMap<string, DumpEntry>,
  live: ReadonlyMap<string, DumpEntry>,
  written: ReadonlySet<string>,
): SentAndTargetState {
  const final: DumpEntry[] = [];
  for (const [key, entry] of desired) {
    const chosen = written.has(key) ? entry : live.get(key);
    if (chosen !== undefined) final.push(chosen);
  }
  for (const [key, entry] of live) if (!desired.has(key)) final.push(entry);
  const keys = new Set(final.map(({ object }) => object.key));
  const isOwned = ({ owner }: DumpEntry) => owner === undefined || keys.has(owner.key);
  const units = new Set(final.flatMap(({ object, unit }) => (written.has(object.key) ? [unit] : [])));
  const sent = final.filter(
    (entry) => units.has(entry.unit) && isOwned(entry) && !isRuntime(entry.object.type),
  );
  return {
    document: sent.length === 0 ? null : buildDump(sent),
    targetState: buildDump(final.filter(isOwned)),
    ownerless: final.filter((entry) => !isOwned(entry)).map(({ object }) => object.key),
  };
}

/** Puts objects together again; mirror of `entriesOf`.
 * @param entries in any order, with all owners */
export function buildDump(entries: readonly DumpEntry[]): JsonObject {
  const dump: Record<string, Json> = {};
  const elements = new Map<string, Record<string, Json>>();
  const add = (holder: Record<string, Json>, name: string, value: Json): void => {
    const list = member(holder, name);
    if (Array.isArray(list)) (list as Json[]).push(value);
    else setMember(holder, name, [value]);
  };
  for (const { object, owner } of entries) {
    if (owner !== undefined) continue;
    const [collection = '', index] = parsePointer(object.pointer) ?? [];
    const element = isObject(object.body) ? { ...object.body } : object.body;
    if (isObject(element)) elements.set(object.key, element as Record<string, Json>);
    if (index === undefined) setMember(dump, collection, element);
    else add(dump, collection, element);
  }
  for (const { object, owner } of entries) {
    const element = owner && elements.get(owner.key);
    if (element) add(element, owner.list, object.body);
  }
  return dump;
}
