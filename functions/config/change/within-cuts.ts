/** Restricts changes to what cut trees tell. */
import type { TreeObject } from '../model/objects.ts';
import { matchAmong, type SelectedObjects, type SelectOptions } from '../select/select-objects.ts';
import { certainSelection, type Selection } from '../select/selection.ts';
import type { TwoTrees } from './change-objects.ts';

/** What two trees were cut to when they were made: what only the other tree has counts only where this certainly selected it.
 * @default - nothing: they are whole */
export interface Cuts {
  /** Of the desired tree. */
  readonly covers?: Selection | undefined;
  /** Of the live tree, if that is of a backup. */
  readonly liveCovers?: Selection | undefined;
}

/** Drops what only one tree has, where the other one does not tell whether it existed. */
export function withinCuts(
  selected: SelectedObjects,
  { desired, live }: TwoTrees,
  { covers, liveCovers }: Cuts,
  options: SelectOptions,
): SelectedObjects {
  if (covers === undefined && liveCovers === undefined) return selected;
  const isKnown = [told(desired, covers, live, options), told(live, liveCovers, desired, options)];
  const pointers = [...selected.pointers].filter((pointer) => isKnown.every((knows) => knows(pointer)));
  return { ...selected, pointers: new Set(pointers) };
}

type Objects = ReadonlyMap<string, TreeObject>;

/** Tells of which objects a tree says whether they existed.
 * @param covers what it was cut to @default - nothing: it is whole */
function told(
  tree: Objects,
  covers: Selection | undefined,
  other: Objects,
  options: SelectOptions,
): (pointer: string) => boolean {
  if (covers === undefined) return () => true;
  const sure = certainSelection(covers);
  const covered = sure === null ? NONE : matchAmong([other.values()], sure, options).pointers;
  return (pointer) => tree.has(pointer) || covered.has(pointer);
}

const NONE: ReadonlySet<string> = new Set();
