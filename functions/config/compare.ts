/** The one difference function: planning, restoring and verifying all see a tenant through it. */
import { TenantBackupError } from '../errors.ts';
import { compareBodies, type PropertyDifference } from './compare-bodies.ts';
import type { Json } from './json.ts';
import { objectsOf, type TreeObject } from './objects.ts';
import { type Places, placesOf } from './places.ts';
import type { ObjectType } from './sections.ts';
import { type Shape, shapeOf } from './shape.ts';

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
  /** Missing and changed objects in the order of `expected`, then the extra ones in the order of `actual`. */
  readonly differences: readonly ObjectDifference<Type>[];
}

export interface CompareOptions {
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
 * texts in a list, outside of free-form JSON; notations of one instant, duration or number. False and 0 are values and
 * differ from a missing member.
 *
 * Values of credentials are compared but never shown: such a property has `secret: true` and no values.
 * @param expected what should be there, such as a backup
 * @param actual what is there
 * @throws EXPORT_MALFORMED if a tree is neither a tenant nor a workspace
 * @throws INVALID_REQUEST if one is a tenant and the other a workspace */
export function compareTrees(expected: Json, actual: Json, options: CompareOptions = {}): Comparison {
  const { ignore = () => false, secretPointers = [] } = options;
  const [comparison] = compareGroups(expected, actual, {
    shape: options.shape ?? sharedShape(expected, actual),
    secrets: placesOf(secretPointers),
    groups: 1,
    groupOf: (object) => (ignore(object) ? undefined : 0),
  });
  return comparison as Comparison;
}

export interface CompareGroupsOptions {
  readonly shape: Shape;
  readonly secrets: Places;
  /** How many groups of objects there are. */
  readonly groups: number;
  /** @returns index of the group that the object is of, on both sides; `undefined` leaves it out */
  readonly groupOf: (object: TreeObject) => number | undefined;
}

/** `compareTrees` of several groups of objects in one go.
 * @returns a comparison for each group */
export function compareGroups(
  expected: Json,
  actual: Json,
  { shape, secrets, groups, groupOf }: CompareGroupsOptions,
): Comparison[] {
  const tallies = Array.from({ length: groups }, () => ({
    compared: 0,
    equal: 0,
    extra: 0,
    differences: [] as ObjectDifference[],
  }));
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
    if (properties.length > 0) tally.differences.push(differenceOf(object, 'changed', properties));
    else tally.equal++;
  }
  for (const object of present.values()) {
    const tally = tallyOf(object);
    if (tally === undefined) continue;
    tally.extra++;
    tally.differences.push(differenceOf(object, 'extra'));
  }
  return tallies;
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
