import type { Tree } from '../config/arbitraries.ts';

/** A generated tree as SecureAuth would take it. Policies and scripts that are only named are made, as it refuses to import
 * references to nothing; and what generators of references write down as maps by index or name are lists.
 * @param tree of a tenant or of a workspace; not modified */
export function mended(tree: Tree): Tree {
  const copy = withLists(tree, []);
  const workspaces = copy.servers === undefined ? [copy] : Object.values(copy.servers);
  for (const workspace of workspaces) mendWorkspace(workspace);
  return copy;
}

function mendWorkspace(workspace: Tree): void {
  const policies = new Set<string>();
  const scripts = new Set<string>();
  const walk = (value: Tree): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value)) {
      const inner = value[name];
      if (name === 'policy_execution_points') {
        for (const id of Object.values<Tree>(inner ?? {})) policies.add(id);
      } else if (name === 'policy_id') policies.add(inner);
      else if (name === 'script_id') scripts.add(inner);
      else walk(inner);
    }
  };
  walk(workspace);
  workspace.policies = { ...make(policies, { policy_name: 'Made' }), ...workspace.policies };
  workspace.scripts = { ...make(scripts, { name: 'Made' }), ...workspace.scripts };
}

const make = (ids: ReadonlySet<Tree>, made: Tree): Tree =>
  Object.fromEntries([...ids].filter(Boolean).map((id) => [id, made]));

function withLists(value: Tree, path: readonly string[]): Tree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const isList =
    (entries.length > 0 && entries.every(([name]) => /^\d$/.test(name))) ||
    (path.at(-1) === 'scopes' && path.at(-4) === 'claims');
  const inner = entries.map(([name, each]) => [name, withLists(each, [...path, name])] as const);
  return isList ? inner.map(([, each]) => each).filter((each) => each !== null) : Object.fromEntries(inner);
}
