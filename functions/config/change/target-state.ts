/** Verifies that a tenant has the target state of an operation. */

import { type Comparison, compareObjects } from '../compare/compare-objects.ts';
import { type ChangedObject, type Drift, type DriftedMember, findInsisted } from '../compare/drift.ts';
import { generatedCredentialsOf } from '../credentials/generated-credentials.ts';
import type { Json } from '../json/json.ts';
import { ROOT_CURSOR } from '../model/fields.ts';
import { objectsOf, type TreeObject } from '../model/objects.ts';
import { isWithin, placesOf } from '../model/places.ts';
import type { Shape } from '../model/shape.ts';
import type { ChangeSet } from './change-set.ts';

export interface TargetStateCheck {
  /** The objects of the operation, including unchanged ones. Nothing compared proves nothing: callers must refuse 0. */
  readonly own: Comparison;
  /** All other objects. The operation did not touch them, but the tenant may have changed in the meantime. */
  readonly others: Comparison;
  /** Members that the tenant shows, or does not show, whatever the document said. */
  readonly insisted: readonly DriftedMember[];
}

/** Compares a tenant with the target state. Credentials that SecureAuth generates may have any value. Members on
 * which the tenant overrides the document are no differences, nor are the defaults of created objects.
 * @param after the tenant now
 * @param secretPointers see `CompareOptions` */
export function verifyTargetState(
  {
    targetState,
    changes,
    shape,
    releases,
    resent,
  }: Pick<ChangeSet, 'targetState' | 'changes' | 'shape' | 'releases' | 'resent'>,
  after: Json,
  secretPointers: Iterable<string> = [],
): TargetStateCheck {
  const pointers = new Set(changes.map(({ pointer }) => pointer));
  const free = new Set(resent);
  for (const object of objectsOf(targetState, { shape })) {
    for (const pointer of generatedCredentialsOf(object)) free.add(pointer);
  }
  const driftOf = (changed: readonly ChangedObject[]): Drift =>
    releases === null
      ? { members: [], real: realOfCreated(changes) }
      : findInsisted({
          expected: () => objectsOf(releases.desired, { shape }),
          actual: () => bothOf(releases.live, after, shape),
          changed,
          table: ROOT_CURSOR,
        });
  const [own, others] = compareObjects(objectsOf(targetState, { shape }), objectsOf(after, { shape }), {
    keyOf: ({ pointer }) => pointer,
    table: ROOT_CURSOR,
    secrets: placesOf(secretPointers),
    groups: 2,
    groupOf: ({ pointer }) => (pointers.has(pointer) ? 0 : 1),
    driftOf: (changed) => tolerating(driftOf(changed), free),
  }) as [Comparison, Comparison];
  return { own, others, insisted: own.drift };
}

function* bothOf(before: Json, after: Json, shape: Shape): Generator<TreeObject> {
  yield* objectsOf(before, { shape });
  yield* objectsOf(after, { shape });
}

/** Ignores members that the tenant adds to created objects: they are defaults of the tenant. */
function realOfCreated(changes: ChangeSet['changes']): Drift['real'] {
  const created = new Set(changes.flatMap(({ kind, pointer }) => (kind === 'created' ? [pointer] : [])));
  return ({ pointer, properties }) =>
    created.has(pointer)
      ? properties.filter(({ secret, expected }) => secret || expected !== undefined)
      : properties;
}

/** @param free JSON Pointers of places that may have any value */
const tolerating = ({ members, real }: Drift, free: ReadonlySet<string>): Drift => ({
  members,
  real: (changed) => real(changed).filter(({ pointer }) => !isWithin(pointer, free)),
});
