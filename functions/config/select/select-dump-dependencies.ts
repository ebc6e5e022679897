/** Finds what selected elements of a dump need from the rest of their tenant. */
import { isEmpty } from '../json/blank.ts';
import { type Json, member } from '../json/json.ts';
import { formatPointer } from '../json/pointer.ts';
import type { Elements } from '../model/elements.ts';
import type { ObjectType } from '../model/sections.ts';
import { visitNames } from '../references/reference-places.ts';
import { DUMP_REFERENCES } from '../references/reference-table.ts';
import type { Dependency } from './select.ts';

/** Types that lie outside of workspaces, by collection. Pools are in the identity dump. */
const TYPES: Readonly<Record<string, ObjectType>> = {
  servers: 'server',
  pools: 'pool',
  themes: 'theme',
  clients: 'client',
};

/** Lists the objects that a selection names and does not contain.
 * @param selected content of the selection
 * @param everything all elements of the tenant
 * @returns in the order in which the selection names them */
export function dumpDependencies(selected: Elements, everything: Elements, workspace: string): Dependency[] {
  const idsIn = (elements: Elements, collection: string): ReadonlySet<Json | undefined> => {
    const id = collection === 'clients' ? 'client_id' : 'id';
    return new Set((elements.get(collection) ?? []).map(({ value }) => member(value, id)));
  };
  const found = new Map<string, Dependency & { readonly pointers: string[] }>();
  const add = (type: ObjectType, id: string, pointer: string, held: boolean): void => {
    const key = `${type}/${id}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { type, id, pointers: [pointer], held });
    else known.pointers.push(pointer);
  };

  const collections = Object.keys(TYPES);
  const carried = new Map(collections.map((name) => [name, idsIn(selected, name)]));
  const present = new Map(collections.map((name) => [name, idsIn(everything, name)]));
  for (const [collection, elements] of selected) {
    for (const { value, index } of elements) {
      visitNames(DUMP_REFERENCES.get(collection), value, ({ target, scope }, id, keys) => {
        const type = TYPES[target];
        if (scope === 'workspace' || type === undefined || carried.get(target)?.has(id)) return;
        add(type, id, formatPointer([collection, index, ...keys]), present.get(target)?.has(id) ?? false);
      });
    }
  }

  // Points of clients in the selection are bound to policies in the workspace of those clients.
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

/** Returns a key for a policy: ids of policies are unique only within a workspace. */
const policyKey = (value: Json, id: Json | undefined): string =>
  JSON.stringify([member(value, 'server_id') ?? null, id ?? null]);
