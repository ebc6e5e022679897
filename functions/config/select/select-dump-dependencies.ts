/** What the elements of a dump that were selected need from the rest of their tenant. */
import { isEmpty } from '../json/blank.ts';
import { type Json, member } from '../json/json.ts';
import { formatPointer } from '../json/pointer.ts';
import { CLIENT_LINKS } from '../model/collections.ts';
import { type Elements, memberAt } from '../model/elements.ts';
import type { ObjectType } from '../model/sections.ts';
import type { Dependency } from './select.ts';

/** Members that name an object outside of the workspace, by collection; paths are dotted. */
const LINKS: readonly (readonly [collection: string, path: string, type: ObjectType])[] = [
  ['servers', 'parent_id', 'server'],
  ['servers_bindings', 'server_id', 'server'],
  ['servers_bindings', 'dependent', 'server'],
  ['idps', 'workspace_id', 'server'],
  ['idps', 'identity_pool_id', 'pool'],
  ['idps', 'jit.provisioning.pool_id', 'pool'],
  ['claims', 'metadata.pool_id', 'pool'],
  ['theme_bindings', 'theme_id', 'theme'],
  ['roles', 'subject.workspace_id', 'server'],
  ['roles', 'subject.identity_pool_id', 'pool'],
  ...Object.entries(CLIENT_LINKS).flatMap(([collection, paths]) =>
    paths.map((path) => [collection, path, 'client'] as const),
  ),
];

/** Where the dump has the objects of a type, and the member with their id. It has no pools: see the identity dump. */
const HOLDERS: Partial<Record<ObjectType, readonly [collection: string, id: string]>> = {
  server: ['servers', 'id'],
  theme: ['themes', 'id'],
  client: ['clients', 'client_id'],
};

/** List the objects that a selection names and does not carry.
 * @param selected what is carried
 * @param everything all elements of the tenant */
export function dumpDependencies(selected: Elements, everything: Elements, workspace: string): Dependency[] {
  const idsIn = (elements: Elements, type: ObjectType): ReadonlySet<Json | undefined> => {
    const [collection, id] = HOLDERS[type] ?? ['', ''];
    return new Set((elements.get(collection) ?? []).map(({ value }) => member(value, id)));
  };
  const found = new Map<string, Dependency & { readonly pointers: string[] }>();
  const add = (type: ObjectType, id: string, pointer: string, held: boolean): void => {
    const key = `${type}/${id}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { type, id, pointers: [pointer], held });
    else known.pointers.push(pointer);
  };

  const types = new Set(LINKS.map(([, , type]) => type));
  const carried = new Map([...types].map((type) => [type, idsIn(selected, type)]));
  const present = new Map([...types].map((type) => [type, idsIn(everything, type)]));
  for (const [collection, path, type] of LINKS) {
    const keys = path.split('.');
    for (const { value, index } of selected.get(collection) ?? []) {
      const id = memberAt(value, path);
      if (typeof id !== 'string' || id === '' || carried.get(type)?.has(id)) continue;
      add(type, id, formatPointer([collection, index, ...keys]), present.get(type)?.has(id) ?? false);
    }
  }

  // Points of carried clients are bound to policies of the workspace that these live in.
  const policies = new Set(
    (everything.get('policies') ?? []).map(({ value }) => policyKey(value, member(value, 'id'))),
  );
  for (const { value, index } of selected.get('policy_execution_points') ?? []) {
    const id = member(value, 'policy_id');
    const server = member(value, 'server_id');
    if (typeof id !== 'string' || id === '' || server === workspace || isEmpty(server)) continue;
    const pointer = formatPointer(['policy_execution_points', index, 'policy_id']);
    add('policy', id, pointer, policies.has(policyKey(value, id)));
  }
  return [...found.values()];
}

/** Ids of policies repeat from workspace to workspace. */
const policyKey = (value: Json, id: Json | undefined): string =>
  JSON.stringify([member(value, 'server_id') ?? null, id ?? null]);
