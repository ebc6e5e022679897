/** Objects taken out of a dump. An import of a dump adds and overwrites; only a patch can remove. */

import { buildDump, type DumpEntry, entriesOf } from '../compare/dump-units.ts';
import { isObject, type Json, type JsonObject, stringifyJson } from '../json/json.ts';
import { childPointer, parsePointer } from '../json/pointer.ts';
import { collectionOf } from '../model/dump-collections.ts';
import { memberAt } from '../model/elements.ts';
import { danglingIn } from '../references/dump-references.ts';
import type { Reference } from '../references/reference-table.ts';
import type { Problem } from './change-types.ts';
import type { DumpChange, DumpChangeSet } from './dump-change-set.ts';

/** A change set that also removes. */
export interface PrunedDumpChangeSet extends DumpChangeSet {
  /** Keys of what is removed, in the tenant's dump. */
  readonly removed: ReadonlySet<string>;
}

/** Removes what only the tenant has, as far as that is asked for.
 * @param wanted keys of objects, see `DumpObject.key`; those that are no extra ones stay
 * @returns with problems where what stays names what would be removed */
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

const textOf = ({ from, target }: Reference<string>): string => JSON.stringify([from, target]);

/** The JSON Patch (RFC 6902) that takes objects out of the tenant's own dump. Places in lists are numbers: each is tested to be
 * that of the object which is meant, so that the patch fails as a whole if the tenant lists its objects in another order by then.
 * @returns JSON of the operations; null if none of the objects is there
 * @see https://www.rfc-editor.org/rfc/rfc6902#section-4.6 */
export function removalPatch(live: JsonObject, keys: ReadonlySet<string>): string | null {
  const entries = entriesOf(live);
  const removed = [...entries.values()].filter(
    ({ object, owner }) => keys.has(object.key) && !(owner !== undefined && keys.has(owner.key)),
  );
  const places = removed.map(({ object }) => object.pointer);
  const operations = [
    ...removed.flatMap(testsOf),
    // Backwards, so that no removal moves what is removed after it.
    ...places.toSorted(byPlace).map((path): Json => ({ op: 'remove', path })),
  ];
  return removed.length === 0 ? null : stringifyJson(operations);
}

const isAmong = (keys: ReadonlySet<string>, { object, owner }: DumpEntry): boolean =>
  keys.has(object.key) || (owner !== undefined && keys.has(owner.key));

/** The members that tell an object from all others. None of them is a secret. */
function testsOf({ object: { type, pointer, body } }: DumpEntry): Json[] {
  const names = [...(collectionOf(type)?.identity ?? []), 'id', 'name'];
  return [...new Set(names)].flatMap((path): Json[] => {
    const value = isObject(body) ? memberAt(body, path) : undefined;
    if (value === undefined) return [];
    return [{ op: 'test', path: path.split('.').reduce(childPointer, pointer), value }];
  });
}

/** Later places of a list first. */
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
