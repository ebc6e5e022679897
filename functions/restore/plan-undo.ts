import { type ChangeSet, planChanges } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import { isAmong, placesOf } from '../config/places.ts';

/** What it takes to undo what an operation did, and nothing else. */
export function planUndo(before: Json, now: Json, changes: ChangeSet): ChangeSet {
  const written = changes.changes.filter(
    ({ kind }) => kind === 'created' || kind === 'updated' || kind === 'pruned',
  );
  const touched = placesOf([...written.map(({ pointer }) => pointer), ...changes.resent]);
  // What somebody else changed or added meanwhile stays, unless it holds what the operation touched, or is in it. What is
  // gone was not deleted by anybody else, as far as we can tell.
  const leaveOut = compareTrees(before, now)
    .differences.filter(({ kind, pointer }) => kind !== 'missing' && !isAmong(pointer, touched))
    .map(({ pointer }) => pointer);
  return planChanges(before, now, { mode: 'update', credentials: 'restore', prune: true, leaveOut });
}
