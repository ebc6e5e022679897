import type { ChangeSet } from '../../config/change/change-set.ts';
import { type DumpChangeSet, verifyDumpTargetState } from '../../config/change/dump-change-set.ts';
import { dumpPlaceOf } from '../../config/change/dump-selection.ts';
import { verifyTargetState } from '../../config/change/target-state.ts';
import { compareDumps } from '../../config/compare/compare-dumps.ts';
import type { Comparison, ObjectDifference } from '../../config/compare/compare-objects.ts';
import type { DriftedMember } from '../../config/compare/drift.ts';
import type { Json, JsonObject } from '../../config/json/json-value.ts';
import { dumpObjectsOf } from '../../config/model/dump-objects.ts';
import { TenantBackupError } from '../../errors.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';

export interface TypeCount {
  readonly compared: number;
  readonly equal: number;
}

/** The comparison of a tenant with the target state of an operation. */
export interface Verification {
  /** Number of compared objects; 0 proves nothing. */
  readonly compared: number;
  /** Set if the backup's part has no objects, so that there is nothing to compare. @default false */
  readonly isEmpty?: boolean;
  readonly equal: number;
  /** The same by object type. */
  readonly objects: Readonly<Record<string, TypeCount>>;
  /** Objects that differ, are missing, or should have been deleted. */
  readonly differences: readonly ObjectDifference[];
  /** Objects that only the tenant has, also those that have come into being meanwhile. */
  readonly extra: number;
  /** Objects that are gone although the operation sent nothing about them: the import deleted what it did not hold. */
  readonly lost: readonly ObjectDifference[];
  /** Members that the tenant overrides, whatever the import holds. */
  readonly insisted: readonly DriftedMember[];
  /** Objects that the operation does not touch: they should be unchanged. */
  readonly outside: TypeCount & { readonly differences: readonly ObjectDifference[] };
}

const SENT: ReadonlySet<string> = new Set(['created', 'updated', 'notRestorable']);

/** Compares a tenant with the target state.
 * @param after the live tenant */
export function verifyTree(changes: ChangeSet, after: Json): Verification {
  const { own, others, insisted } = verifyTargetState(changes, after);
  const objects: Record<string, { compared: number; equal: number }> = {};
  const countOf = (type: string) => {
    objects[type] ??= { compared: 0, equal: 0 };
    return objects[type];
  };
  for (const { type } of changes.changes) {
    const count = countOf(type);
    count.compared++;
    count.equal++;
  }
  for (const { type } of own.differences) countOf(type).equal--;
  // Count deleted objects as compared: they must be absent.
  const compared = own.compared + (changes.counts.pruned ?? 0);
  const sent = new Set(changes.changes.filter(({ kind }) => SENT.has(kind)).map(({ pointer }) => pointer));
  const lost = [...own.differences, ...others.differences].filter(
    ({ kind, pointer }) => kind === 'missing' && !sent.has(pointer),
  );
  return {
    lost,
    insisted,
    compared,
    equal: compared - own.differences.length,
    objects,
    differences: own.differences,
    extra: (changes.counts.extra ?? 0) + newIn(others),
    outside: { compared: others.compared, equal: others.equal, differences: others.differences },
  };
}

/** Compares a dump with the target state, as `verifyTree` does for trees. Pointers name collection, workspace and id: positions
 * in a dump are not stable. */
export function verifyDump(changes: DumpChangeSet, after: JsonObject): Verification {
  const { own, others, insisted } = verifyDumpTargetState(changes, after);
  const objects = new Map<string, { compared: number; equal: number }>();
  for (const { type } of changes.changes) {
    const { compared, equal } = objects.get(type) ?? { compared: 0, equal: 0 };
    objects.set(type, { compared: compared + 1, equal: equal + 1 });
  }
  for (const { type } of own.differences) {
    const count = objects.get(type);
    if (count) count.equal--;
  }
  const keys = new Map([...dumpObjectsOf(changes.targetState)].map(({ pointer, key }) => [pointer, key]));
  const sent = new Set(
    changes.changes.filter(({ kind }) => kind === 'created' || kind === 'updated').map(({ key }) => key),
  );
  const lost = [...own.differences, ...others.differences].filter(
    ({ kind, pointer }) => kind === 'missing' && !sent.has(keys.get(pointer) ?? ''),
  );
  // Count deleted objects as compared: they must be absent.
  const compared = own.compared + (changes.counts.pruned ?? 0);
  return {
    compared,
    // A tenant without pools has an empty identity part.
    isEmpty: changes.changes.length === 0,
    equal: compared - own.differences.length,
    objects: Object.fromEntries(objects),
    differences: own.differences.map(named),
    lost: lost.map(named),
    insisted,
    extra: (changes.counts.extra ?? 0) + newIn(others),
    outside: { compared: others.compared, equal: others.equal, differences: others.differences.map(named) },
  };
}

/** Compares a dump with the state before, in the objects that an operation has changed. */
export function verifyUndone(before: JsonObject, keys: ReadonlySet<string>, after: JsonObject): Verification {
  const { compared, equal, differences } = compareDumps(before, after, {
    ignore: ({ key }) => !keys.has(key),
  });
  return {
    compared,
    isEmpty: compared === 0,
    equal,
    objects: {},
    differences: differences.map(named),
    lost: [],
    insisted: [],
    extra: 0,
    outside: { compared: 0, equal: 0, differences: [] },
  };
}

/** Counts objects that have come into being since the plan. */
const newIn = ({ differences }: Pick<Comparison, 'differences'>): number =>
  differences.filter(({ kind }) => kind === 'extra').length;

function named(difference: ObjectDifference): ObjectDifference {
  const place = dumpPlaceOf(difference);
  return {
    ...difference,
    pointer: place,
    properties: difference.properties.map((property) => ({
      ...property,
      pointer: place + property.pointer.slice(difference.pointer.length),
    })),
  };
}

export const isVerified = ({ compared, isEmpty = false, differences, lost }: Verification): boolean =>
  (compared > 0 || isEmpty) && differences.length === 0 && lost.length === 0;

/** Returns the error for a part that does not match its target state. */
export function verificationError(verification: Verification, part: TenantPart = 'hub'): TenantBackupError {
  const { compared, equal, lost } = verification;
  if (compared === 0) return new TenantBackupError('NOTHING_COMPARED', 'found no object to compare');
  if (lost.length > 0) {
    const ofLost =
      part === 'hub'
        ? 'restore with "send": "everything", which is the default, or "patch"'
        : `SecureAuth should not do so for the part ${part}`;
    return new TenantBackupError(
      'RESTORE_MISMATCH',
      `the import deleted ${lost.length} objects that it did not hold, first ${lost[0]?.pointer}: ${ofLost}`,
      { compared, equal, deleted: lost.length },
    );
  }
  const { differences } = verification;
  const names = differences.slice(0, 5).map(({ pointer, kind }) => `${pointer} (${kind})`);
  const more = differences.length > names.length ? ', ...' : '';
  return new TenantBackupError(
    'RESTORE_MISMATCH',
    `${differences.length} objects differ after the restore, of ${compared} compared: ${names.join(', ')}${more}`,
    { compared, equal, differing: differences.length },
  );
}
