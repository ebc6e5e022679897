import type { DumpDifference } from '../config/compare-dumps.ts';
import { type DumpChangeSet, verifyDumpPromise } from '../config/dump-change-set.ts';
import { dumpObjectsOf } from '../config/dump-objects.ts';
import { dumpPlaceOf } from '../config/dump-selection.ts';
import type { JsonObject } from '../config/json.ts';
import type { Proof } from './proof.ts';

/** Compare a part that is exported as a dump with what was promised, as `prove` does for trees. Pointers are by collection,
 * workspace and id: places in a dump are not stable. */
export function proveDump(changes: DumpChangeSet, after: JsonObject): Proof {
  const { own, others, insisted } = verifyDumpPromise(changes, after);
  const objects = new Map<string, { compared: number; equal: number }>();
  for (const { type } of changes.changes) {
    const { compared, equal } = objects.get(type) ?? { compared: 0, equal: 0 };
    objects.set(type, { compared: compared + 1, equal: equal + 1 });
  }
  for (const { type } of own.differences) {
    const count = objects.get(type);
    if (count) count.equal--;
  }
  const keys = new Map([...dumpObjectsOf(changes.promised)].map(({ pointer, key }) => [pointer, key]));
  const sent = new Set(
    changes.changes.filter(({ kind }) => kind === 'created' || kind === 'updated').map(({ key }) => key),
  );
  const lost = [...own.differences, ...others.differences].filter(
    ({ kind, pointer }) => kind === 'missing' && !sent.has(keys.get(pointer) ?? ''),
  );
  // What was deleted is compared, too: it must not be there.
  const compared = own.compared + (changes.counts.pruned ?? 0);
  return {
    compared,
    // Of people, as a tenant without pools has none.
    isEmpty: changes.changes.length === 0,
    equal: compared - own.differences.length,
    objects: Object.fromEntries(objects),
    differences: own.differences.map(named),
    lost: lost.map(named),
    insisted,
    extra: changes.counts.extra ?? 0,
    outside: { compared: others.compared, equal: others.equal, differences: others.differences.map(named) },
  };
}

function named(difference: DumpDifference): DumpDifference {
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
