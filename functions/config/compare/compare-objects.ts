/** Compares objects: planning, restoring and verifying all compare trees and dumps with this one function. */
import type { FieldCursor } from '../model/fields.ts';
import type { Places } from '../model/places.ts';
import { compareBodies, type PropertyDifference } from './compare-bodies.ts';
import { type ChangedObject, type Drift, type DriftedMember, type DriftObject, NO_DRIFT } from './drift.ts';

/** An object of a tree or of a dump. */
export interface ComparedObject extends DriftObject {
  readonly id: string;
  readonly workspace?: string;
}

/** One object that differs between both sides. */
export interface ObjectDifference {
  readonly type: string;
  readonly id: string;
  readonly workspace?: string;
  /** JSON Pointer of the object: in `expected`, and of an extra object in `actual`. */
  readonly pointer: string;
  /** `missing`: only in `expected`; `extra`: only in `actual`; `changed`: in both */
  readonly kind: 'missing' | 'changed' | 'extra';
  /** What differs inside a changed object, in document order; empty for the other kinds. */
  readonly properties: readonly PropertyDifference[];
}

export interface Comparison {
  /** Objects of `expected` that were compared. Nothing compared proves nothing: callers must refuse 0. */
  readonly compared: number;
  /** Those of them without any difference. */
  readonly equal: number;
  /** Objects of `actual` that `expected` lacks. */
  readonly extra: number;
  /** Members that do not count as differences, because a release adds or withdraws them. */
  readonly drift: readonly DriftedMember[];
  /** Missing and changed objects in the order of `expected`, then the extra ones in the order of `actual`. */
  readonly differences: readonly ObjectDifference[];
}

/** Finds which differences of the changed objects do not count. */
export type DriftOf = (changed: readonly ChangedObject[]) => Drift;

export interface CompareObjectsOptions<Compared> {
  /** @returns a name that finds the object in the other document; unique in each */
  readonly keyOf: (object: Compared) => string;
  /** Known places of the documents. */
  readonly table: FieldCursor;
  /** Places of further secrets, whose values are never shown. */
  readonly secrets: Places;
  /** How many groups of objects there are. @default 1 */
  readonly groups?: number;
  /** @returns index of the object's group, the same on both sides; `undefined` leaves the object out
   * @default - all objects are in one group */
  readonly groupOf?: (object: Compared) => number | undefined;
  /** Called once, with the changed objects of all groups. @default - every difference counts */
  readonly driftOf?: DriftOf | undefined;
}

/** Compares the objects of two documents.
 * @returns a comparison for each group */
export function compareObjects<Compared extends ComparedObject>(
  expected: Iterable<Compared>,
  actual: Iterable<Compared>,
  {
    keyOf,
    table,
    secrets,
    groups = 1,
    groupOf = () => 0,
    driftOf = () => NO_DRIFT,
  }: CompareObjectsOptions<Compared>,
): Comparison[] {
  const tallies = Array.from({ length: groups }, () => ({
    compared: 0,
    differing: [] as { readonly object: Compared; readonly changed?: ChangedObject }[],
    extra: [] as Compared[],
  }));
  const tallyOf = (object: Compared) => tallies[groupOf(object) ?? -1];
  const unmatched = new Map<string, Compared>();
  for (const object of actual) unmatched.set(keyOf(object), object);
  const allChanged: ChangedObject[] = [];
  for (const object of expected) {
    const key = keyOf(object);
    const counterpart = unmatched.get(key);
    unmatched.delete(key);
    const tally = tallyOf(object);
    if (tally === undefined) continue;
    tally.compared++;
    if (counterpart === undefined) {
      tally.differing.push({ object });
      continue;
    }
    const { type, pointer, body } = object;
    const properties = compareBodies(pointer, body, counterpart.body, secrets, table);
    if (properties.length === 0) continue;
    const changed = { type, pointer, expected: body, actual: counterpart.body, properties };
    allChanged.push(changed);
    tally.differing.push({ object, changed });
  }
  for (const object of unmatched.values()) tallyOf(object)?.extra.push(object);

  const drift = driftOf(allChanged);
  return tallies.map(({ compared, differing, extra }) => {
    const differences = differing.flatMap(({ object, changed }) => {
      if (changed === undefined) return [differenceOf(object, 'missing')];
      const properties = drift.real(changed);
      return properties.length === 0 ? [] : [differenceOf(object, 'changed', properties)];
    });
    return {
      compared,
      equal: compared - differences.length,
      extra: extra.length,
      drift: drift.members,
      differences: [...differences, ...extra.map((object) => differenceOf(object, 'extra'))],
    };
  });
}

function differenceOf(
  { type, id, workspace, pointer }: ComparedObject,
  kind: ObjectDifference['kind'],
  properties: readonly PropertyDifference[] = [],
): ObjectDifference {
  return { type, id, ...(workspace === undefined ? {} : { workspace }), pointer, kind, properties };
}
