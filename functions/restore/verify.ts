import { compareTrees, type ObjectDifference } from '../config/compare.ts';
import type { Json } from '../config/json.ts';
import { objectsOf, type TreeObject } from '../config/objects.ts';
import type { ImportMode } from '../tenant/import-mode.ts';

/** How well a tenant matches what a restore promised. */
export interface Verification {
  /** Objects that were compared; nothing is proved by none. */
  readonly compared: number;
  readonly equal: number;
  /** The same by object type. */
  readonly objects: Readonly<Record<string, TypeCount>>;
  /** Objects that differ or are missing. */
  readonly differences: readonly ObjectDifference[];
  /** Objects in the tenant that the backup does not have; a restore leaves them alone. */
  readonly extra: number;
}

export interface TypeCount {
  readonly compared: number;
  readonly equal: number;
}

/** Compare a tenant with what the import of a document promises.
 * @param imported the document that was, or would be, imported
 * @param before the tenant before the import
 * @param after the tenant now
 * @param mode `ignore` promises that objects which existed stay as they were; the others, that the document is there
 * @param leftOut JSON Pointers of objects that the document lacks on purpose: not compared, and not extra */
export function verify(
  imported: Json,
  before: Json,
  after: Json,
  mode: ImportMode,
  leftOut: readonly string[],
): Verification {
  if (mode !== 'ignore') return compare(imported, after, ({ pointer }) => leftOut.includes(pointer));
  const existed = pointersOf(before);
  const created = compare(imported, after, ({ pointer }) => existed.has(pointer));
  const named = pointersOf(imported);
  const kept = compare(before, after, ({ pointer }) => !named.has(pointer));
  return {
    compared: created.compared + kept.compared,
    equal: created.equal + kept.equal,
    objects: addCounts(created.objects, kept.objects),
    differences: [...created.differences, ...kept.differences],
    extra: [...pointersOf(after)].filter((pointer) => !named.has(pointer) && !leftOut.includes(pointer))
      .length,
  };
}

function compare(expected: Json, actual: Json, ignore: (object: TreeObject) => boolean): Verification {
  const { compared, equal, extra, differences } = compareTrees(expected, actual, { ignore });
  const wrong = differences.filter(({ kind }) => kind !== 'extra');
  const objects: Record<string, { compared: number; equal: number }> = {};
  const countOf = (type: string) => {
    objects[type] ??= { compared: 0, equal: 0 };
    return objects[type];
  };
  for (const object of objectsOf(expected)) {
    if (ignore(object)) continue;
    const count = countOf(object.type);
    count.compared++;
    count.equal++;
  }
  for (const { type } of wrong) countOf(type).equal--;
  return { compared, equal, extra, objects, differences: wrong };
}

function addCounts(a: Verification['objects'], b: Verification['objects']): Verification['objects'] {
  const sum: Record<string, TypeCount> = { ...a };
  for (const [type, count] of Object.entries(b)) {
    const other = sum[type] ?? { compared: 0, equal: 0 };
    sum[type] = { compared: other.compared + count.compared, equal: other.equal + count.equal };
  }
  return sum;
}

const pointersOf = (tree: Json): Set<string> => new Set([...objectsOf(tree)].map(({ pointer }) => pointer));
