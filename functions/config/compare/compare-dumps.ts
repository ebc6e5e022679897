import type { JsonObject } from '../json/json.ts';
import { collectionOf } from '../model/dump-collections.ts';
import { DUMP_COMPARE_CURSOR } from '../model/dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { placesOf } from '../model/places.ts';
import { type Comparison, compareObjects, type DriftOf } from './compare-objects.ts';
import { findDrift } from './drift.ts';

/** @returns what a release adds or withdraws between two dumps */
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

/** Of what belongs to people, these are no credentials. */
export const PERSONAL: ReadonlySet<string> = new Set([
  'users',
  'user_identifiers',
  'user_verifiable_addresses',
  'groups',
  'group_members',
]);

export interface CompareDumpsOptions {
  /** What both sides are of, see `PlanOptions`. @default - one release: every difference counts */
  readonly driftOf?: DriftOf | undefined;
  /** Objects to leave out on both sides. @default - none */
  readonly ignore?: ((object: DumpObject) => boolean) | undefined;
  /** JSON Pointers into `expected` of further secrets, whose values must not be shown. Known credential fields,
   * look-alikes and people's data never are. @default - none */
  readonly secretPointers?: Iterable<string> | undefined;
}

/** Compares two dumps, or two identity dumps, object by object, in whatever order these stand.
 *
 * Scopes and claims are matched by name, and the execution points of scopes by the scope's name, since the ids of these are
 * made anew with every import. What happens at runtime (grants, events, pending codes) is left out. For all the rest, what is
 * no difference between two trees is none here. @see compareTrees
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

/** Tells whether a collection fills at runtime: what it held when the backup was made says nothing of the configuration. */
export const isRuntime = (type: string): boolean => collectionOf(type)?.runtime ?? false;
