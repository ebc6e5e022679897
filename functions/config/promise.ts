/** Whether a tenant is what an operation promised. */
import type { ChangeSet } from './change-set.ts';
import { type Comparison, compareGroups, type ObjectDifference } from './compare.ts';
import type { Json } from './json.ts';
import { isWithin, placesOf } from './places.ts';

export interface PromiseCheck {
  /** The objects of the operation, those that had to stay as they were included. Nothing compared proves nothing:
   * callers must refuse 0. */
  readonly own: Comparison;
  /** All other objects: the operation has not touched them, yet the tenant may have changed meanwhile. */
  readonly others: Comparison;
}

/** Compare a tenant with what was promised. Credentials that SecureAuth was to make up may be any.
 * @param after the tenant now
 * @param secretPointers see `CompareOptions` */
export function verifyPromise(
  { promised, changes, madeAnew, shape }: Pick<ChangeSet, 'promised' | 'changes' | 'madeAnew' | 'shape'>,
  after: Json,
  secretPointers: Iterable<string> = [],
): PromiseCheck {
  const pointers = new Set(changes.map(({ pointer }) => pointer));
  const [own, others] = compareGroups(promised, after, {
    shape,
    secrets: placesOf(secretPointers),
    groups: 2,
    groupOf: ({ pointer }) => (pointers.has(pointer) ? 0 : 1),
  }).map((comparison) => tolerating(comparison, madeAnew)) as [Comparison, Comparison];
  return { own, others };
}

function tolerating(comparison: Comparison, madeAnew: readonly string[]): Comparison {
  if (madeAnew.length === 0) return comparison;
  const tolerated = new Set(madeAnew);
  const differences = comparison.differences.flatMap((difference): ObjectDifference[] => {
    if (difference.kind !== 'changed') return [difference];
    const properties = difference.properties.filter(({ pointer }) => !isWithin(pointer, tolerated));
    return properties.length === 0 ? [] : [{ ...difference, properties }];
  });
  const nowEqual = comparison.differences.length - differences.length;
  return { ...comparison, equal: comparison.equal + nowEqual, differences };
}
