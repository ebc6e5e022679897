/** Gives workspaces and clients other ids, and updates everything that names them. */

import { TenantBackupError } from '../../errors.ts';
import { type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { formatPointer, parsePointer } from '../json/pointer.ts';
import { buildTree } from '../model/build-tree.ts';
import { objectsOf, type TreeObject } from '../model/objects.ts';
import type { ObjectType } from '../model/sections.ts';
import type { Shape } from '../model/shape.ts';
import { referencesIn } from '../references/references.ts';
import { replaceWord } from './replace-names.ts';

export interface IdMap {
  readonly workspaces: Readonly<Record<string, string>>;
  readonly clients: Readonly<Record<string, string>>;
}

export interface RenamedTree {
  readonly tree: JsonObject;
  /** Maps a place in the original tree to its present place. */
  readonly pointerOf: (pointer: string) => string;
  /** Present places of the values that name an object. */
  readonly references: ReadonlySet<string>;
}

/** Gives workspaces and clients other ids. SecureAuth's default ids hold the id of their workspace
 * (`<workspace>-oauth2`, `block_<workspace>_api`): they change with it. All references are updated.
 * @param options `workspace`: id of the workspace that the tree is of, if it is of one and the id is known; `used`: called with
 *   the JSON Pointer of each entry of the transform that renames something
 * @throws INVALID_REQUEST if two objects would have one id */
export function renameIds(
  tree: Json,
  { workspaces, clients }: IdMap,
  options: {
    readonly shape: Shape;
    readonly workspace?: string | undefined;
    readonly used: (entry: string) => void;
  },
): RenamedTree {
  const maps = { workspaces, clients };
  const mapped = (name: keyof IdMap, id: string) => {
    if (!Object.hasOwn(maps[name], id)) return id;
    options.used(formatPointer(['ids', name, id]));
    return maps[name][id] as string;
  };
  const idOf = (type: ObjectType, id: string, home: string | undefined): string => {
    if (type === 'server') return mapped('workspaces', id);
    if (type === 'client') return mapped('clients', id);
    const workspace = home ?? options.workspace;
    if (workspace === undefined || FREE_NAMES.has(type)) return id;
    const other = mapped('workspaces', workspace);
    return other === workspace ? id : replaceWord(id, workspace, other);
  };
  const homeOf = ({ type, id, workspace }: Named) =>
    type === 'server' && options.shape === 'tenant' ? id : workspace;

  const moved = new Map<string, string>([['', '']]);
  const taken = new Set<string>();
  const references = new Set<string>();
  const objects = [...objectsOf(tree, { shape: options.shape })].map((object) => {
    const { type, pointer } = object;
    const keys = parsePointer(pointer) ?? [];
    // The owner has been moved already.
    let owner = pointer;
    do owner = owner.slice(0, owner.lastIndexOf('/'));
    while (!moved.has(owner));
    const below = keys.slice((parsePointer(owner) ?? []).length);
    const last = below.pop();
    const to =
      last === undefined
        ? ''
        : `${moved.get(owner)}${formatPointer([...below, keyOf(type, last, object.workspace)])}`;
    if (taken.has(to)) {
      throw new TenantBackupError('INVALID_REQUEST', `transform: two objects would be called ${to}`);
    }
    taken.add(to);
    moved.set(pointer, to);
    return { pointer: to, body: renameReferences(object, to) };
  });

  /** Returns the key of an object in its map, which names another object in some maps. */
  function keyOf(type: ObjectType, key: string, home: string | undefined): string {
    if (type === 'servers_binding') return idOf('server', key, home);
    if (type !== 'script_execution_point') return SINGLES.has(type) ? key : idOf(type, key, home);
    const asServer = idOf('server', key, home);
    if (asServer !== key) return asServer;
    const asClient = idOf('client', key, home);
    return asClient === key ? idOf('idp', key, home) : asClient;
  }

  function renameReferences(object: TreeObject, place: string): Json {
    const base = (parsePointer(object.pointer) ?? []).length;
    const named: { keys: readonly string[]; type: ObjectType; id: string }[] = referencesIn(object).map(
      ({ pointer, target }) => ({
        keys: (parsePointer(pointer) ?? []).slice(base),
        ...target,
      }),
    );
    for (const keys of CLIENT_IDS) {
      const id = keys.reduce<Json | undefined>(member, object.body);
      if (typeof id === 'string') named.push({ keys, type: 'client', id });
    }
    let { body } = object;
    for (const { keys, type, id } of named) {
      references.add(place + formatPointer(keys));
      const other = idOf(type, id, homeOf(object));
      if (other !== id) body = withValueAt(body, keys, other);
    }
    return body;
  }

  return {
    tree: buildTree(objects),
    references,
    pointerOf(pointer) {
      let at = pointer;
      while (!moved.has(at)) at = at.slice(0, at.lastIndexOf('/'));
      return `${moved.get(at)}${pointer.slice(at.length)}`;
    },
  };
}

type Named = Pick<TreeObject, 'type' | 'id' | 'workspace'>;

/** Types whose ids stay: names that mean the same everywhere, and objects that may lie outside of the workspace that
 * names them. */
const FREE_NAMES: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'scope',
  'claim',
  'template',
  'api',
  'pool',
  'theme',
  'schema',
]);

/** Types whose keys are names of sections or of points. */
const SINGLES: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'policy_execution_point',
  'server_consent',
  'ciba_authentication_service',
  'theme_binding',
  'claim',
]);

/** Members that name a client of this deployment. */
const CLIENT_IDS: readonly (readonly string[])[] = [['client_id'], ['client', 'client_id']];

/** Copies a body and replaces one of its values. */
function withValueAt(body: Json, keys: readonly string[], value: string): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const copy = (Array.isArray(body) ? [...body] : { ...(body as JsonObject) }) as Record<string, Json>;
  setMember(copy, key, withValueAt(member(body, key) ?? null, rest, value));
  return copy;
}
