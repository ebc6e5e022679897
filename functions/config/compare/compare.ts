import { TenantBackupError } from '../../errors.ts';
import type { Json } from '../json/json.ts';
import { ROOT_CURSOR } from '../model/fields.ts';
import { objectsOf } from '../model/objects.ts';
import { placesOf } from '../model/places.ts';
import { type Shape, shapeOf } from '../model/shape.ts';
import { type Comparison, compareObjects } from './compare-objects.ts';
import { findDrift } from './drift.ts';

export interface CompareOptions {
  /** See `PlanOptions`. @default false */
  readonly acrossReleases?: boolean | undefined;
  /** Shape of both trees. @default - told from `expected` */
  readonly shape?: Shape | undefined;
  /** JSON Pointers of further secrets, such as those of a backup's credentials, whose values are never shown. Values
   * of known credential fields and of look-alikes are never shown either. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
}

/** Compares two trees object by object.
 * These are no differences: volatile fields; missing, null, `""`, `[]`, `{}` and Go's zero time among each other;
 * notations of one instant, duration or number. Outside of free-form JSON neither are the order of texts in a list,
 * and a missing member against false, 0 or `0s`.
 *
 * Values of credentials are compared but never shown: such a property has `secret: true` and no values.
 * @param expected what should be there, such as a backup
 * @param actual what is there
 * @throws EXPORT_MALFORMED if a tree is neither a tenant nor a workspace
 * @throws INVALID_REQUEST if one is a tenant and the other a workspace */
export function compareTrees(expected: Json, actual: Json, options: CompareOptions = {}): Comparison {
  const { secretPointers = [], acrossReleases = false, shape = sharedShape(expected, actual) } = options;
  const sides = {
    expected: () => objectsOf(expected, { shape }),
    actual: () => objectsOf(actual, { shape }),
    table: ROOT_CURSOR,
  };
  const [comparison] = compareObjects(sides.expected(), sides.actual(), {
    keyOf: ({ pointer }) => pointer,
    table: ROOT_CURSOR,
    secrets: placesOf(secretPointers),
    driftOf: acrossReleases ? (changed) => findDrift({ ...sides, changed }) : undefined,
  });
  return comparison as Comparison;
}

/** Returns the shape of both trees.
 * @throws INVALID_REQUEST if one is a tenant and the other a workspace */
export function sharedShape(expected: Json, actual: Json): Shape {
  const shape = shapeOf(expected);
  const other = shapeOf(actual);
  if (shape === other) return shape;
  throw new TenantBackupError('INVALID_REQUEST', `cannot compare a ${shape} with a ${other}`, {
    shape,
    other,
  });
}
