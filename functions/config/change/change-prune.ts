/** Decides which extra objects an operation removes. */

import type { JsonObject } from '../json/json.ts';
import { buildTree } from '../model/build-tree.ts';
import { BUILT_IN_WORKSPACES } from '../references/reference-targets.ts';
import type { Decisions, TwoTrees } from './change-objects.ts';

/** Turns extra objects into pruned ones. An object is removed only with everything in it: if an object there must
 * stay, it stays too. The workspaces that every tenant has always stay.
 * @param decisions changed in place
 * @returns JSON Pointers of selected extra objects that stay */
export function prune({ live }: TwoTrees, decisions: Decisions): string[] {
  const blocked = new Set<string>();
  const stayed: string[] = [];
  // Each object after all that it holds.
  for (const object of [...live.values()].reverse()) {
    const { type, id, pointer } = object;
    const decision = decisions.get(pointer);
    const isExtra = decision?.kind === 'extra';
    if (decision !== undefined && isExtra && !blocked.has(pointer) && !isBuiltIn(type, id)) {
      decisions.set(pointer, { ...decision, kind: 'pruned' });
      continue;
    }
    if (isExtra) stayed.push(pointer);
    for (let at = pointer; at !== ''; ) {
      at = at.slice(0, at.lastIndexOf('/'));
      if (blocked.has(at)) break;
      blocked.add(at);
    }
  }
  return stayed.reverse();
}

const isBuiltIn = (type: string, id: string): boolean => type === 'server' && BUILT_IN_WORKSPACES.has(id);

/** Makes the merge patch that removes the pruned objects.
 * @see https://www.rfc-editor.org/rfc/rfc7396 */
export function prunePatch({ live }: TwoTrees, decisions: Decisions): JsonObject | null {
  const gone = new Set<string>();
  const topmost = [...live.keys()].filter((pointer) => {
    if (decisions.get(pointer)?.kind !== 'pruned') return false;
    gone.add(pointer);
    for (let at = pointer; at !== ''; ) {
      at = at.slice(0, at.lastIndexOf('/'));
      if (gone.has(at)) return false;
    }
    return true;
  });
  return topmost.length === 0 ? null : buildTree(topmost.map((pointer) => ({ pointer, body: null })));
}
