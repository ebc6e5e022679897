import type { JsonObject } from '../json/json.ts';
import { collectionOf } from '../model/dump-collections.ts';
import { DUMP_COMPARE_CURSOR } from '../model/dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { placesOf } from '../model/places.ts';
import { type Comparison, compareObjects, type DriftOf } from './compare-objects.ts';
import { findDrift } from './drift.ts';

/** Returns a function that finds what a release adds or withdraws between two dumps. */
export const driftBetween =
  (expected: JsonObject, actual: JsonObject, expectedIsNewer = false): DriftOf =>
  (changed) =>
    findDrift(
      {
        expected: () => dumpObjectsOf(expected),
        actual: () => dumpObjectsOf(actual),
        changed,
        table: DUMP_COMPARE_CURSOR,
        personal: PERSONAL,
      },
      expectedIsNewer ? 'expected' : 'actual',
    );

/** Types that hold people's data, but no credentials. */
export const PERSONAL: ReadonlySet<string> = new Set([
  'users',
  'user_identifiers',
  'user_verifiable_addresses',
  'groups',
  'group_members',
]);

export interface CompareDumpsOptions {
  /** Finds what a release adds or withdraws. @default - one release: every difference counts */
  readonly driftOf?: DriftOf | undefined;
  /** Objects to leave out on both sides. @default - none */
  readonly ignore?: ((object: DumpObject) => boolean) | undefined;
  /** JSON Pointers into `expected` of further secrets, whose values are never shown. Values of known credential
   * fields, of look-alikes and of people's data are never shown either. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
}

/** Compares two dumps, or two identity dumps, object by object, in any order.
 * Scopes and claims are matched by name, and the execution points of scopes by the scope's name, because every
 * import generates new ids for these. Runtime data (grants, events, pending codes) is left out. All other rules are
 * those of trees.
 * @see compareTrees
 * @returns pointers are those in `expected`, and of extra objects in `actual` */
export function compareDumps(
  expected: JsonObject,
  actual: JsonObject,
  options: CompareDumpsOptions = {},
): Comparison {
  const { ignore = () => false, secretPointers = [], driftOf } = options;
  const [comparison] = compareObjects(dumpObjectsOf(expected), dumpObjectsOf(actual), {
    keyOf: ({ key }) => key,
    table: DUMP_COMPARE_CURSOR,
    secrets: placesOf(secretPointers),
    groupOf: (object) => (isRuntime(object.type) || ignore(object) ? undefined : 0),
    driftOf,
  });
  return comparison as Comparison;
}

/** Tells whether a collection fills at runtime: its elements are no configuration. */
export const isRuntime = (type: string): boolean => collectionOf(type)?.runtime ?? false;
