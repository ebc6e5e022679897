/** Cuts a tree to a selection, as a backup of a selection holds it. */
import { TenantBackupError } from '../../errors.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import { objectsOf } from '../model/objects.ts';
import { ownersOf } from '../model/places.ts';
import { matchAmong } from '../select/select-objects.ts';
import type { Selection } from '../select/selection.ts';
import { planChanges } from './change-set.ts';

/** Lists the objects of a tree that a restore of a selection into an empty tenant needs: those selected, those that they depend on
 * (unless the selection only reports them), and the owners of all, whose settings the restore would otherwise not know.
 * @returns their JSON Pointers, and the number of selectors that match nothing
 * @throws INVALID_REQUEST if the selection matches nothing, or excludes an owner of what it includes; or if the tree is not of a
 *   tenant */
export function objectsNeeded(
  tree: Json,
  selection: Selection,
): { readonly pointers: ReadonlySet<string>; readonly unmatched: number } {
  const { changes, warnings } = planChanges(tree, EMPTY, { mode: 'update', selection });
  const { excluded } = matchAmong([objectsOf(tree, { shape: 'tenant' })], selection, { shape: 'tenant' });
  const pointers = new Set(['']);
  for (const { pointer } of changes) {
    pointers.add(pointer);
    for (const owner of ownersOf(pointer)) pointers.add(owner);
  }
  for (const pointer of pointers) if (excluded.has(pointer)) throw ownerExcluded(pointer);
  return { pointers, unmatched: warnings.filter(({ code }) => code === 'UNMATCHED_SELECTOR').length };
}

const ownerExcluded = (pointer: string): TenantBackupError =>
  new TenantBackupError(
    'INVALID_REQUEST',
    `selection of a backup must not exclude ${pointer || 'the tenant'}, which holds selected objects`,
    { pointer },
  );

const EMPTY: JsonObject = { servers: {} };

/** Returns the tree of a tenant with some of its objects only; the bodies of these are unchanged. */
export const cutTree = (tree: Json, pointers: ReadonlySet<string>): JsonObject => ({
  // Its member of workspaces tells what the tree is of.
  ...EMPTY,
  ...buildTree(objectsOf(tree, { shape: 'tenant' }).filter(({ pointer }) => pointers.has(pointer))),
});
