import type { JsonObject } from '../json/json.ts';
import { collectionOf } from '../model/dump-collections.ts';
import { DUMP_COMPARE_CURSOR } from '../model/dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { placesOf } from '../model/places.ts';
import {
  type Comparison,
  type ObjectDifference,
  type PropertyDifference,
  realAsIs,
  withoutDrift,
} from './compare.ts';
import { compareBodies } from './compare-bodies.ts';
import { type ChangedObject, type Drift, findDrift } from './drift.ts';

/** As that of two trees; types are the names of collections. */
export type DumpComparison = Comparison<string>;
export type DumpDifference = ObjectDifference<string>;

/** Finds what is no difference, among objects that differ. */
export type DriftOf = (changed: readonly ChangedObject[]) => Drift;

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

/** Compare two dumps, or two identity dumps, object by object, in whatever order these stand.
 *
 * Scopes and claims are matched by name, and the execution points of scopes by the scope's name, since the ids of these are
 * made anew with every import. What happens at runtime (grants, events, pending codes) is left out. For all the rest, what is
 * no difference between two trees is none here. @see compareTrees
 * @returns pointers are those in `expected`, and of extra objects in `actual` */
export function compareDumps(
  expected: JsonObject,
  actual: JsonObject,
  options: CompareDumpsOptions = {},
): DumpComparison {
  const { ignore = () => false, secretPointers = [], driftOf } = options;
  const secrets = placesOf(secretPointers);
  const isLeftOut = (object: DumpObject): boolean => isRuntime(object.type) || ignore(object);
  const present = new Map<string, DumpObject>();
  for (const object of dumpObjectsOf(actual)) if (!isLeftOut(object)) present.set(object.key, object);

  const differences: DumpDifference[] = [];
  const changed = new Map<DumpDifference, ChangedObject>();
  let compared = 0;
  for (const object of dumpObjectsOf(expected)) {
    if (isLeftOut(object)) continue;
    compared++;
    const counterpart = present.get(object.key);
    present.delete(object.key);
    if (counterpart === undefined) {
      differences.push(differenceOf(object, 'missing'));
      continue;
    }
    const { pointer, body } = object;
    const properties = compareBodies(pointer, body, counterpart.body, secrets, DUMP_COMPARE_CURSOR);
    if (properties.length === 0) continue;
    const difference = differenceOf(object, 'changed', properties);
    differences.push(difference);
    changed.set(difference, {
      type: object.type,
      pointer,
      expected: body,
      actual: counterpart.body,
      properties,
    });
  }
  const equal = compared - differences.length;
  for (const object of present.values()) differences.push(differenceOf(object, 'extra'));
  const found = driftOf?.([...changed.values()]);
  const comparison = { compared, equal, extra: present.size, drift: found?.members ?? [], differences };
  return withoutDrift(comparison, (difference) => changed.get(difference), found?.real ?? realAsIs);
}

/** Whether a collection fills at runtime: what it held when the backup was made says nothing of the configuration. */
export const isRuntime = (type: string): boolean => collectionOf(type)?.runtime ?? false;

function differenceOf(
  { type, id, workspace, pointer }: DumpObject,
  kind: DumpDifference['kind'],
  properties: readonly PropertyDifference[] = [],
): DumpDifference {
  return { type, id, ...(workspace === undefined ? {} : { workspace }), pointer, kind, properties };
}
