/** Collects the ids of a tree once: everything that its references can name. */
import type { Json } from '../json/json.ts';
import { listObjects, type ObjectType, type TreeObject } from '../model/objects.ts';
import type { Shape } from '../model/shape.ts';
import type { Reference } from './reference-table.ts';

/** - `held`: the tree holds the target
 * - `missing`: the tree should hold the target, and does not
 * - `elsewhere`: the target would be in a part of the tenant that the tree need not show */
export type Presence = 'held' | 'missing' | 'elsewhere';

type Named = Pick<Reference, 'from' | 'target' | 'scope'>;

export interface TargetIndex {
  presence(reference: Named): Presence;
}

/** SecureAuth's own workspace in a tenant. Clients that serve other workspaces live in it. */
export const SYSTEM_WORKSPACE = 'system';

/** Workspaces that every tenant has, whether or not its export shows them. */
export const BUILT_IN_WORKSPACES: ReadonlySet<string> = new Set([SYSTEM_WORKSPACE, 'admin', 'developer']);

const TARGET_TYPES: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'policy',
  'script',
  'client',
  'idp',
  'custom_app',
  'service',
  'gateway',
  'scope',
  'pool',
  'server',
  'theme',
  'schema',
]);

/** Workspace of some ids; `undefined` for the tenant's own, and for all ids in the tree of one workspace. */
type Owner = string | undefined;

/** Collects the ids of a tree. */
export const indexTargets = (tree: Json, shape: Shape): TargetIndex =>
  indexObjects(listObjects(tree, { shape }), shape);

/** Collects the ids of objects that are already listed. */
export function indexObjects(objects: Iterable<TreeObject>, shape: Shape): TargetIndex {
  const ids = new Map<ObjectType, Map<Owner, Set<string>>>();
  const wildcards = new Map<Owner, string[]>();
  for (const { type, id, workspace } of objects) {
    if (!TARGET_TYPES.has(type) || (type === 'server' && shape === 'workspace')) continue;
    // A pool of an organisation lies in its workspace, but the whole tenant can use it.
    const owner = type === 'pool' ? undefined : workspace;
    const byOwner = getOrMake(ids, type, () => new Map<Owner, Set<string>>());
    getOrMake(byOwner, owner, () => new Set<string>()).add(id);
    if (type === 'scope' && id.includes('*')) getOrMake(wildcards, owner, () => []).push(id);
  }
  const has = (type: ObjectType, owner: Owner, id: string): boolean =>
    ids.get(type)?.get(owner)?.has(id) ?? false;
  const homeOf = ({ type, id, workspace }: Reference['from']): Owner =>
    type === 'server' && shape === 'tenant' ? id : workspace;
  const isHeld = ({ from, target: { type, id }, scope }: Named): boolean => {
    if (scope === 'tenant') return has(type, undefined, id);
    const home = homeOf(from);
    // A workspace contains itself.
    if (type === 'server') return home === id;
    if (has(type, home, id)) return true;
    if (scope === 'workspaceOrSystem') return shape === 'tenant' && has(type, SYSTEM_WORKSPACE, id);
    return type === 'scope' && (wildcards.get(home) ?? []).some((pattern) => isNamedBy(pattern, id));
  };
  return {
    presence(reference) {
      if (isHeld(reference)) return 'held';
      const { scope, target } = reference;
      // The tree of one workspace does not hold that workspace's id.
      if (scope === 'workspace' && target.type !== 'server') return 'missing';
      if (shape === 'workspace') return 'elsewhere';
      if (scope === 'workspaceOrSystem') {
        return has('server', undefined, SYSTEM_WORKSPACE) ? 'missing' : 'elsewhere';
      }
      const isBuiltIn = scope === 'tenant' && target.type === 'server' && BUILT_IN_WORKSPACES.has(target.id);
      return isBuiltIn ? 'elsewhere' : 'missing';
    },
  };
}

/** Tells whether the name of a dynamic scope, in which `*` stands for any text, covers the name of a scope. It uses
 * no regular expression, because both texts come from the tenant. */
function isNamedBy(pattern: string, name: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] as string;
  const last = pieces.at(-1) as string;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    // Each star stands for at least one character.
    const found = name.indexOf(piece, from + 1);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return end > from;
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
