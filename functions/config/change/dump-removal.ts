/** Removes objects from a dump. An import of a dump only adds and overwrites; a patch can remove. */

import { buildDump, type DumpEntry, entriesOf } from '../compare/dump-units.ts';
import { isObject, type Json, type JsonObject, member, stringifyJson } from '../json/json.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { collectionOf } from '../model/dump-collections.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { memberAt } from '../model/elements.ts';
import { danglingIn } from '../references/dump-references.ts';
import type { Reference } from '../references/reference-table.ts';
import type { ChangeKind, Problem } from './change-types.ts';
import { clientOf } from './dump-align.ts';
import type { DumpChange, DumpChangeSet } from './dump-change-set.ts';

/** A change set that also removes objects. */
export interface PrunedDumpChangeSet extends DumpChangeSet {
  /** Keys of the removed objects, in the tenant's dump. */
  readonly removed: ReadonlySet<string>;
}

/** Removes requested objects that only the tenant has.
 * @param wanted keys of objects, see `DumpObject.key`; objects that are not extra stay
 * @returns the change set, with a problem for each remaining object that names a removed one */
export function pruneDump(changeSet: DumpChangeSet, wanted: ReadonlySet<string>): PrunedDumpChangeSet {
  const removed = new Set(
    changeSet.changes.flatMap(({ kind, key }) => (kind === 'extra' && wanted.has(key) ? [key] : [])),
  );
  if (removed.size === 0) return { ...changeSet, removed };
  const changes = changeSet.changes.map(
    (change): DumpChange => (removed.has(change.key) ? { ...change, kind: 'pruned' } : change),
  );
  const targetState = buildDump(
    [...entriesOf(changeSet.targetState).values()].filter((entry) => !isAmong(removed, entry)),
  );
  const nowhere = (dump: JsonObject) => danglingIn(dump, () => true).map(textOf);
  const before = new Set(nowhere(changeSet.targetState));
  const problems = danglingIn(targetState, () => true)
    .filter((reference) => !before.has(textOf(reference)))
    .map(
      ({ from, pointer, target }): Problem => ({
        code: 'DANGLING_REFERENCE',
        pointer,
        message: `${from.type} ${from.id} names ${target.type} ${target.id}, which would be removed`,
      }),
    );
  const extra = (changeSet.counts.extra ?? 0) - removed.size;
  return {
    ...changeSet,
    changes,
    counts: { ...changeSet.counts, extra, pruned: removed.size },
    isEmpty: false,
    targetState,
    problems: [...changeSet.problems, ...problems],
    removed,
  };
}

/** Collections whose elements have a client of their own, which they name by its id. */
const OWNERS: ReadonlySet<string> = new Set([
  'idps',
  'gateways',
  'custom_apps',
  'server_consents',
  'ciba_authentication_services',
]);

/** Finds the clients that lose their owner: an import of a tree makes the client of an identity provider, a gateway, ... under a new
 * id, and the dump then names the old one. They would stay, with a valid secret. If the tenant still has the old client, a person
 * has given the owner another one, which stays.
 * @returns keys of the clients, and of the execution points that are bound to them */
export function orphanedClients(
  { changes, targetState }: Pick<DumpChangeSet, 'changes' | 'targetState'>,
  live: JsonObject,
): ReadonlySet<string> {
  const keysOf = (asked: ChangeKind) =>
    new Set(changes.flatMap(({ kind, key }) => (kind === asked ? [key] : [])));
  const [updated, extra, created] = [keysOf('updated'), keysOf('extra'), keysOf('created')];
  const after = [...dumpObjectsOf(targetState)];
  const createdIds = new Set(
    after.filter(({ type, key }) => type === 'clients' && created.has(key)).map(clientOf),
  );
  const owners = after.filter(({ type }) => OWNERS.has(type));
  const kept = new Set(owners.map(ownClientOf));
  const moved = new Set(
    owners.flatMap((owner) =>
      updated.has(owner.key) && createdIds.has(ownClientOf(owner)) ? [owner.key] : [],
    ),
  );
  const lost = new Set(
    [...dumpObjectsOf(live)].filter(({ key }) => moved.has(key)).flatMap((owner) => ownClientOf(owner) ?? []),
  );
  return new Set(
    [...dumpObjectsOf(live)].flatMap((object) => {
      const id = clientOf(object);
      return extra.has(object.key) && typeof id === 'string' && lost.has(id) && !kept.has(id)
        ? [object.key]
        : [];
    }),
  );
}

const ownClientOf = ({ body }: DumpObject): Json | undefined => member(body, 'client_id');

const textOf = ({ from, target }: Reference<string>): string => JSON.stringify([from, target]);

/** Makes the JSON Patch (RFC 6902) that removes objects from the tenant's own dump. Places in lists are numbers: the
 * patch first tests that each place holds the right object, and fails as a whole if the tenant lists its objects in
 * another order.
 * @returns JSON of the operations; null if the dump has none of the objects
 * @see https://www.rfc-editor.org/rfc/rfc6902#section-4.6 */
export function removalPatch(live: JsonObject, keys: ReadonlySet<string>): string | null {
  const entries = entriesOf(live);
  const removed = [...entries.values()].filter(
    ({ object, owner }) => keys.has(object.key) && !(owner !== undefined && keys.has(owner.key)),
  );
  const places = removed.map(({ object }) => object.pointer);
  const operations = [
    ...removed.flatMap(testsOf),
    // From the end, so that no removal moves a later one.
    ...places.toSorted(byPlace).map((path): Json => ({ op: 'remove', path })),
  ];
  return removed.length === 0 ? null : stringifyJson(operations);
}

const isAmong = (keys: ReadonlySet<string>, { object, owner }: DumpEntry): boolean =>
  keys.has(object.key) || (owner !== undefined && keys.has(owner.key));

/** Tests the members that distinguish an object from all others. None of them is secret. */
function testsOf({ object: { type, pointer, body } }: DumpEntry): Json[] {
  const names = [...(collectionOf(type)?.identity ?? []), 'id', 'name'];
  return [...new Set(names)].flatMap((path): Json[] => {
    const value = isObject(body) ? memberAt(body, path) : undefined;
    if (value === undefined) return [];
    return [{ op: 'test', path: path.split('.').reduce(childPointer, pointer), value }];
  });
}

/** Sorts later places of a list first. */
function byPlace(a: string, b: string): number {
  const [ours, theirs] = [a, b].map((pointer) => parsePointer(pointer) ?? []) as [string[], string[]];
  for (let index = 0; index < Math.min(ours.length, theirs.length); index++) {
    const [one, other] = [ours[index] as string, theirs[index] as string];
    if (one === other) continue;
    const isNumeric = /^\d+$/.test(one) && /^\d+$/.test(other);
    return isNumeric ? Number(other) - Number(one) : one < other ? -1 : 1;
  }
  return theirs.length - ours.length;
}
