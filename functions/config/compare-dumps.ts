import type { Comparison, ObjectDifference, PropertyDifference } from './compare.ts';
import { compareBodies } from './compare-bodies.ts';
import { collectionOf } from './dump-collections.ts';
import { DUMP_COMPARE_CURSOR } from './dump-fields.ts';
import { type DumpObject, dumpObjectsOf } from './dump-objects.ts';
import type { JsonObject } from './json.ts';
import { placesOf } from './places.ts';

/** As that of two trees; types are the names of collections. */
export type DumpComparison = Comparison<string>;
export type DumpDifference = ObjectDifference<string>;

export interface CompareDumpsOptions {
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
  const { ignore = () => false, secretPointers = [] } = options;
  const secrets = placesOf(secretPointers);
  const isLeftOut = (object: DumpObject): boolean => isRuntime(object.type) || ignore(object);
  const present = new Map<string, DumpObject>();
  for (const object of dumpObjectsOf(actual)) if (!isLeftOut(object)) present.set(object.key, object);

  const differences: DumpDifference[] = [];
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
    if (properties.length > 0) differences.push(differenceOf(object, 'changed', properties));
  }
  const equal = compared - differences.length;
  for (const object of present.values()) differences.push(differenceOf(object, 'extra'));
  return { compared, equal, extra: present.size, differences };
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
