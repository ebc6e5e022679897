import { isObject, type Json } from '../config/json/json-value.ts';
import { listObjects } from '../config/model/objects.ts';
import { isWithin, ownersOf } from '../config/model/places.ts';
import { referencesNotHeld } from '../config/references/references.ts';

/** Tells whether a tree holds workspaces without the tenant around them, as an enrolment with `workspaces` does. */
export const isOfWorkspaces = (tree: Json): boolean =>
  isObject(tree) && Object.keys(tree).every((name) => name === 'servers');

/** Lists the objects of a tree that need what the tree does not hold, and in turn those that need these. No tenant accepts them
 * unless it has the rest already.
 * @returns their JSON Pointers */
export function needingMore(tree: Json): string[] {
  const found = new Set<string>();
  let objects = listObjects(tree, { shape: 'tenant' });
  for (;;) {
    const pointers = new Set(objects.map(({ pointer }) => pointer));
    const ownerOf = (place: string) =>
      [place, ...ownersOf(place)].find((each) => pointers.has(each)) ?? place;
    const needing = referencesNotHeld(objects, 'tenant')
      .filter(({ reference }) => reference.severity === 'error')
      .map(({ reference }) => ownerOf(reference.pointer));
    if (needing.length === 0) return [...found];
    for (const pointer of needing) found.add(pointer);
    objects = objects.filter(({ pointer }) => !isWithin(pointer, found));
  }
}
