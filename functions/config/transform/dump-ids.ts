/** Finds the ids of workspaces and clients in a dump, wherever an object has or names one. */
import { isObject, type Json, member } from '../json/json.ts';
import { childPointer, formatPointer } from '../json/pointer.ts';
import { UNKNOWN_LINKS } from '../model/collections.ts';
import { collectionOf } from '../model/dump-collections.ts';
import { type DumpObject, dumpObjectsOf } from '../model/dump-objects.ts';
import { memberAt } from '../model/elements.ts';
import { visitNames } from '../references/reference-places.ts';
import { DUMP_REFERENCES, POINT_TARGETS } from '../references/reference-table.ts';
import { replaceWord } from './replace-names.ts';
import type { Transform } from './transform-schema.ts';

export interface DumpIdEdits {
  /** The new value at a JSON Pointer. */
  readonly edits: ReadonlyMap<string, string>;
  /** JSON Pointers of all values that name an object. */
  readonly references: ReadonlySet<string>;
}

/** Types whose default ids hold the id of their workspace, as in a tree: they change with it. */
const OF_WORKSPACE: ReadonlySet<string> = new Set([
  'custom_apps',
  'gateway_api_groups',
  'gateways',
  'idps',
  'policies',
  'scripts',
  'services',
]);

/** @param used called with the JSON Pointer of each entry of the transform that renames something */
export function dumpIdEdits(dump: Json, ids: Transform['ids'], used: (entry: string) => void): DumpIdEdits {
  const edits = new Map<string, string>();
  const references = new Set<string>();
  const mapped = (name: keyof Transform['ids'], id: string) => {
    if (!Object.hasOwn(ids[name], id)) return id;
    used(formatPointer(['ids', name, id]));
    return ids[name][id] as string;
  };
  const idOf = (type: string, id: string, home: string | undefined): string => {
    if (type === 'servers') return mapped('workspaces', id);
    if (type === 'clients') return mapped('clients', id);
    if (!OF_WORKSPACE.has(type) || home === undefined) return id;
    const other = mapped('workspaces', home);
    return other === home ? id : replaceWord(id, home, other);
  };
  for (const object of dumpObjectsOf(dump as never)) {
    const home = object.type === 'servers' ? object.id : object.workspace;
    for (const { keys, type, id } of namesIn(object)) {
      const pointer = keys.reduce<string>(childPointer, object.pointer);
      references.add(pointer);
      const other = idOf(type, id, home);
      if (other !== id) edits.set(pointer, other);
    }
  }
  return { edits, references };
}

interface Name {
  readonly keys: readonly string[];
  /** Collection of the object that it names. */
  readonly type: string;
  readonly id: string;
}

/** Lists what an object names: itself, its workspace, what it lies in, and others. */
function namesIn({ type, body }: DumpObject): Name[] {
  const found: Name[] = [];
  const add = (path: string, named: string) => {
    const id = isObject(body) ? memberAt(body, path) : undefined;
    if (typeof id === 'string' && id !== '') found.push({ keys: path.split('.'), type: named, id });
  };
  add(type === 'clients' ? 'client_id' : 'id', type);
  for (const path of collectionOf(type)?.workspace ?? UNKNOWN_LINKS) add(path, 'servers');
  // What a service offers names it, and its workspace by either link.
  add('service_id', 'services');
  if (collectionOf(type) === undefined || type === 'apis' || type === 'authorization_details') {
    for (const path of UNKNOWN_LINKS) add(path, 'servers');
  }
  visitNames(DUMP_REFERENCES.get(type), body, ({ target }, id, keys) =>
    found.push({ keys: [...keys], type: target, id }),
  );
  if (type.endsWith('_execution_points')) add('target_fk', pointTarget(type, member(body, 'type')));
  return found;
}

/** Returns the collection that an execution point is bound to. The point of a script names a workspace, unless it mints tokens of
 * a client. */
function pointTarget(type: string, point: Json | undefined): string {
  if (type === 'script_execution_points') return point === 'client_token_minting' ? 'clients' : 'servers';
  return POINT_TARGETS.find(([prefix]) => String(point).startsWith(prefix))?.[1].target ?? '';
}
