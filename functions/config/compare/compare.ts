/** The one difference function: planning, restoring and verifying all see a tenant through it. */
import { TenantBackupError } from '../../errors.ts';
import type { Json } from '../json/json.ts';
import { ROOT_CURSOR } from '../model/fields.ts';
import { objectsOf, type TreeObject } from '../model/objects.ts';
import { type Places, placesOf } from '../model/places.ts';
import type { ObjectType } from '../model/sections.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import { compareBodies, type PropertyDifference } from './compare-bodies.ts';
import { type ChangedObject, type Drift, type DriftedMember, findDrift } from './drift.ts';

export type { PropertyDifference } from './compare-bodies.ts';

/** One object that is not the same on both sides. */
export interface ObjectDifference<Type extends string = ObjectType> {
  readonly type: Type;
  readonly id: string;
  readonly workspace?: string;
  /** JSON Pointer of the object. */
  readonly pointer: string;
  /** `missing`: only in `expected`; `extra`: only in `actual`; `changed`: in both */
  readonly kind: 'missing' | 'changed' | 'extra';
  /** What differs inside a changed object, in document order; empty for the other kinds. */
  readonly properties: readonly PropertyDifference[];
}

export interface Comparison<Type extends string = ObjectType> {
  /** Objects of `expected` that were compared. Nothing compared proves nothing: callers must refuse 0. */
  readonly compared: number;
  /** Those of them without any difference. */
  readonly equal: number;
  /** Objects of `actual` that `expected` lacks. */
  readonly extra: number;
  /** Members that are no difference, as a release adds or withdraws them. */
  readonly drift: readonly DriftedMember[];
  /** Missing and changed objects in the order of `expected`, then the extra ones in the order of `actual`. */
  readonly differences: readonly ObjectDifference<Type>[];
}

export interface CompareOptions {
  /** See `PlanOptions`. @default false */
  readonly acrossReleases?: boolean | undefined;
  /** Shape of both trees. @default - told from `expected` */
  readonly shape?: Shape | undefined;
  /** Objects to leave out on both sides, such as the client that we authenticate with. @default - none */
  readonly ignore?: ((object: TreeObject) => boolean) | undefined;
  /** JSON Pointers of further secrets, such as those of a backup's credentials, whose values must not be shown.
   * Known credential fields and look-alikes never are. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
}

/** Compare two trees object by object.
 *
 * Not a difference: volatile fields; missing, null, `""`, `[]`, `{}` and Go's zero time among each other; the order of
 * texts in a list, and a missing member against false, 0 or `0s`, outside of free-form JSON; notations of one instant,
 * duration or number.
 *
 * Values of credentials are compared but never shown: such a property has `secret: true` and no values.
 * @param expected what should be there, such as a backup
 * @param actual what is there
 * @throws EXPORT_MALFORMED if a tree is neither a tenant nor a workspace
 * @throws INVALID_REQUEST if one is a tenant and the other a workspace */
export function compareTrees(expected: Json, actual: Json, options: CompareOptions = {}): Comparison {
  const { ignore = () => false, secretPointers = [], acrossReleases = false } = options;
  const shape = options.shape ?? sharedShape(expected, actual);
  let drift: readonly DriftedMember[] = [];
  const [comparison] = compareGroups(expected, actual, {
    shape,
    secrets: placesOf(secretPointers),
    groups: 1,
    groupOf: (object) => (ignore(object) ? undefined : 0),
    realOf: (changed) => {
      if (!acrossReleases) return realAsIs;
      const found = findDrift({
        expected: () => objectsOf(expected, { shape }),
        actual: () => objectsOf(actual, { shape }),
        changed,
        table: ROOT_CURSOR,
      });
      drift = found.members;
      return found.real;
    },
  });
  return { ...(comparison as Comparison), drift };
}

export interface CompareGroupsOptions {
  readonly shape: Shape;
  readonly secrets: Places;
  /** How many groups of objects there are. */
  readonly groups: number;
  /** @returns index of the group that the object is of, on both sides; `undefined` leaves it out */
  readonly groupOf: (object: TreeObject) => number | undefined;
  /** Called once with all objects that differ, before they are counted.
   * @returns what says of each which of its differences count */
  readonly realOf: (changed: readonly ChangedObject[]) => Drift['real'];
}

/** Every difference counts. */
export const realAsIs: Drift['real'] = ({ properties }) => properties;

/** `compareTrees` of several groups of objects in one go.
 * @returns a comparison for each group */
export function compareGroups(
  expected: Json,
  actual: Json,
  { shape, secrets, groups, groupOf, realOf }: CompareGroupsOptions,
): Comparison[] {
  const tallies = Array.from({ length: groups }, () => ({
    compared: 0,
    equal: 0,
    extra: 0,
    drift: [],
    differences: [] as ObjectDifference[],
  }));
  const changed = new Map<ObjectDifference, ChangedObject>();
  const tallyOf = (object: TreeObject) => tallies[groupOf(object) ?? -1];
  const isSame = expected === actual;
  const present = new Map<string, TreeObject>();
  if (!isSame) for (const object of objectsOf(actual, { shape })) present.set(object.pointer, object);
  for (const object of objectsOf(expected, { shape })) {
    const tally = tallyOf(object);
    const counterpart = isSame ? object : present.get(object.pointer);
    present.delete(object.pointer);
    if (tally === undefined) continue;
    tally.compared++;
    if (counterpart === undefined) {
      tally.differences.push(differenceOf(object, 'missing'));
      continue;
    }
    const properties = compareBodies(object.pointer, object.body, counterpart.body, secrets);
    if (properties.length === 0) {
      tally.equal++;
      continue;
    }
    const difference = differenceOf(object, 'changed', properties);
    tally.differences.push(difference);
    const { type, pointer, body } = object;
    changed.set(difference, { type, pointer, expected: body, actual: counterpart.body, properties });
  }
  for (const object of present.values()) {
    const tally = tallyOf(object);
    if (tally === undefined) continue;
    tally.extra++;
    tally.differences.push(differenceOf(object, 'extra'));
  }
  const real = realOf([...changed.values()]);
  return tallies.map((tally) => withoutDrift(tally, (difference) => changed.get(difference), real));
}

/** A comparison in which only real differences count.
 * @param changedOf both bodies of an object that differs; `undefined` of one that only one side has */
export function withoutDrift<Type extends string>(
  comparison: Comparison<Type>,
  changedOf: (difference: ObjectDifference<Type>) => ChangedObject | undefined,
  real: Drift['real'],
): Comparison<Type> {
  if (real === realAsIs) return comparison;
  const differences = comparison.differences.flatMap((difference) => {
    const changed = changedOf(difference);
    if (changed === undefined) return [difference];
    const properties = real(changed);
    return properties.length === 0 ? [] : [{ ...difference, properties }];
  });
  const nowEqual = comparison.differences.length - differences.length;
  return { ...comparison, equal: comparison.equal + nowEqual, differences };
}

/** @throws INVALID_REQUEST if one is a tenant and the other a workspace */
export function sharedShape(expected: Json, actual: Json): Shape {
  const shape = shapeOf(expected);
  const other = shapeOf(actual);
  if (shape === other) return shape;
  throw new TenantBackupError('INVALID_REQUEST', `cannot compare a ${shape} with a ${other}`, {
    shape,
    other,
  });
}

function differenceOf(
  { type, id, workspace, pointer }: TreeObject,
  kind: ObjectDifference['kind'],
  properties: readonly PropertyDifference[] = [],
): ObjectDifference {
  return { type, id, ...(workspace === undefined ? {} : { workspace }), pointer, kind, properties };
}
