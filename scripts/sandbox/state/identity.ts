import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  filterMembers,
  isJsonObject,
  type Json,
  type JsonObject,
  jsonKind,
  memberOf,
  objectMember,
  pointerTo,
} from '../json.ts';
import { type ImportMode, importDocument } from './import.ts';
import type { Collections, TenantState } from './tenants.ts';
import { type Problem, wrongKinds } from './validate.ts';

/** What else an element names, beside its pool. */
const REFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pools: {},
  schemas: {},
  users: { user_pool_id: 'pools' },
  user_credentials: { user_pool_id: 'pools', user_id: 'users' },
  user_identifiers: { user_pool_id: 'pools', user_id: 'users' },
  user_verifiable_addresses: { user_pool_id: 'pools', user_id: 'users' },
  groups: { user_pool_id: 'pools' },
  group_members: { user_pool_id: 'pools', group_id: 'groups', user_id: 'users' },
  codes: { user_pool_id: 'pools', user_id: 'users' },
};

/** Lists of an identity dump, in the order of an export. Pools and schemas are those of the tree.
 * Source: the vendor's description of the identity system API (`TenantDump`). */
export const IDENTITY_COLLECTIONS: readonly string[] = Object.keys(REFERENCES).sort();

type Lists = ReadonlyMap<string, readonly JsonObject[]>;

/** Pools, schemas, users and what belongs to them, always with credentials. Empty lists are left out. */
export function identityDumpOf(tenantId: string, state: TenantState): JsonObject {
  const lists = listsOf(tenantId, state);
  const names = [...new Set([...IDENTITY_COLLECTIONS, ...lists.keys()])];
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const list = lists.get(name) ?? [];
      return list.length === 0 ? [] : [[name, [...list]]];
    }),
  );
}

/** The dump without its credentials: what a broken deployment may answer. */
export function redactedIdentityDumpOf(tenantId: string, state: TenantState): JsonObject {
  const { user_credentials, codes, ...rest } = identityDumpOf(tenantId, state);
  const blank = (list: Json | undefined, member: string): Json[] =>
    (Array.isArray(list) ? list.filter(isJsonObject) : []).map((element) => ({ ...element, [member]: {} }));
  return { ...rest, user_credentials: blank(user_credentials, 'payload'), codes: blank(codes, 'code') };
}

function listsOf(tenantId: string, { tree, identity }: TenantState): Lists {
  const elements = (owner: JsonObject, relation: string, more: JsonObject = {}): JsonObject[] =>
    Object.entries(objectMember(owner, relation)).flatMap(([id, own]) =>
      isJsonObject(own) ? [{ ...own, tenant_id: tenantId, id, ...more }] : [],
    );
  const ofWorkspaces = Object.entries(objectMember(tree, 'servers')).flatMap(([workspace_id, workspace]) =>
    isJsonObject(workspace) ? elements(workspace, 'pools', { workspace_id }) : [],
  );
  return new Map([
    ...Object.entries(identity),
    ['pools', [...elements(tree, 'pools'), ...ofWorkspaces]],
    ['schemas', elements(tree, 'schemas')],
  ]);
}

export interface IdentityImport {
  /** Only patches have one: an import always overwrites. */
  readonly mode: ImportMode;
  /** The dump is all there is to be, as after a patch. */
  readonly complete: boolean;
  /** 0 means any number. */
  readonly usersPerImport: number;
  readonly at: Date;
}

export type IdentityResult =
  | { readonly kind: 'broken' | 'conflict'; readonly problems: readonly Problem[] }
  | { readonly kind: 'done'; readonly change: Partial<TenantState> };

/** Imports an identity dump, entry by entry; an entry is replaced whole. Entries that the dump lacks are kept, unless it is
 * complete. */
export function importIdentity(
  tenantId: string,
  state: TenantState,
  document: Json,
  { mode, complete, usersPerImport, at }: IdentityImport,
): IdentityResult {
  const wrong = wrongEntries(document, tenantId);
  if (wrong.length > 0) return { kind: 'broken', problems: wrong };
  const incoming = document as Readonly<Record<string, JsonObject[] | null>>;
  const users = incoming['users']?.length ?? 0;
  if (usersPerImport > 0 && !complete && users > usersPerImport) {
    const problem = `at most ${usersPerImport} users may be imported at once, got ${users}`;
    return { kind: 'broken', problems: [{ pointer: '/users', problem }] };
  }
  const conflicts: Problem[] = [];
  const current = listsOf(tenantId, state);
  const merged = new Map(
    [...new Set([...current.keys(), ...Object.keys(incoming)])].map((name) => [
      name,
      merge(name, current.get(name) ?? [], incoming[name] ?? [], mode, complete, conflicts),
    ]),
  );
  if (conflicts.length > 0) return { kind: 'conflict', problems: conflicts };
  const ambiguous = ambiguousEntries(merged, incoming);
  if (ambiguous.length > 0) return { kind: 'conflict', problems: ambiguous };
  const dangling = danglingEntries(merged, state.tree);
  if (dangling.length > 0) return { kind: 'broken', problems: dangling };
  const tree = withPools(state.tree, merged);
  const problems = wrongKinds(tree);
  if (problems.length > 0) return { kind: 'broken', problems };
  const result = importDocument(state.tree, tree, 'update', at, { complete: true });
  const identity: Collections = Object.fromEntries(
    [...merged].filter(([name, list]) => name !== 'pools' && name !== 'schemas' && list.length > 0),
  );
  return { kind: 'done', change: { tree: result.tree, identity } };
}

function merge(
  name: string,
  current: readonly JsonObject[],
  incoming: readonly JsonObject[],
  mode: ImportMode,
  complete: boolean,
  conflicts: Problem[],
): JsonObject[] {
  const existing = new Map(current.map((entry) => [keyOf(name, entry), entry]));
  const result = new Map(complete ? [] : existing);
  incoming.forEach((given, index) => {
    const entry =
      name === 'group_members' || (memberOf(given, 'id') ?? '') !== ''
        ? given
        : { ...given, id: randomUUID() };
    const key = keyOf(name, entry);
    const previous = existing.get(key);
    const isSame = complete && isDeepStrictEqual(previous, entry);
    if (previous !== undefined && !isSame && mode === 'fail') {
      conflicts.push({ pointer: `/${name}/${index}`, problem: 'exists already' });
    }
    result.set(key, previous === undefined || mode === 'update' ? entry : previous);
  });
  return [...result.values()];
}

/** Ids count within their pool. */
const keyOf = (name: string, entry: JsonObject): string =>
  JSON.stringify(
    ['user_pool_id', ...(name === 'group_members' ? ['group_id', 'user_id'] : ['id'])].map(
      (member) => memberOf(entry, member) ?? null,
    ),
  );

/** Validates an identity dump by itself. Unknown lists are kept. */
function wrongEntries(dump: Json, tenantId: string): Problem[] {
  if (!isJsonObject(dump)) return [{ pointer: '', problem: `dump must be object, got ${jsonKind(dump)}` }];
  return Object.entries(dump).flatMap(([name, list]): Problem[] => {
    const pointer = pointerTo('', name);
    if (list === null) return [];
    if (!Array.isArray(list)) return [{ pointer, problem: `${name} must be array, got ${jsonKind(list)}` }];
    return list.flatMap((entry, index) => {
      const at = pointerTo(pointer, String(index));
      if (!isJsonObject(entry))
        return [{ pointer: at, problem: `entry must be object, got ${jsonKind(entry)}` }];
      const tenant = memberOf(entry, 'tenant_id') ?? null;
      return tenant === tenantId
        ? []
        : [{ pointer: at, problem: `tenant_id must be ${tenantId}, got ${JSON.stringify(tenant)}` }];
    });
  });
}

/** What names one user of a pool: `identifier_lc` and `address_lc` of the vendor's description, and 409 for a conflict. */
const NAMES: Readonly<Record<string, (entry: JsonObject) => Json | undefined>> = {
  user_identifiers: (entry) => memberOf(entry, 'identifier'),
  user_verifiable_addresses: (entry) =>
    memberOf(entry, 'verified') === true ? memberOf(entry, 'address') : undefined,
};

/** Incoming entries that name a user as another one is named. */
function ambiguousEntries(
  lists: Lists,
  incoming: Readonly<Record<string, readonly JsonObject[] | null>>,
): Problem[] {
  return Object.entries(NAMES).flatMap(([list, nameOf]) => {
    const key = (entry: JsonObject): string | null => {
      const name = nameOf(entry);
      return typeof name === 'string'
        ? JSON.stringify([memberOf(entry, 'user_pool_id') ?? null, name.toLowerCase()])
        : null;
    };
    const users = new Map<string, Set<Json>>();
    for (const entry of lists.get(list) ?? []) {
      const name = key(entry);
      if (name !== null)
        users.set(name, (users.get(name) ?? new Set()).add(memberOf(entry, 'user_id') ?? null));
    }
    return (incoming[list] ?? []).flatMap((entry, index): Problem[] => {
      const name = key(entry);
      return name !== null && (users.get(name)?.size ?? 0) > 1
        ? [{ pointer: `/${list}/${index}`, problem: 'names another user already' }]
        : [];
    });
  });
}

/** Entries that name a pool, user, group or workspace which is not there. */
function danglingEntries(lists: Lists, tree: JsonObject): Problem[] {
  const idsOf = (name: string): Set<Json> =>
    new Set((lists.get(name) ?? []).map((entry) => memberOf(entry, 'id') ?? null));
  const ids = new Map(IDENTITY_COLLECTIONS.map((name) => [name, idsOf(name)]));
  const servers = objectMember(tree, 'servers');
  return [...lists].flatMap(([name, list]) =>
    list.flatMap((entry, index): Problem[] => {
      const pointer = `/${name}/${index}`;
      const workspace = name === 'pools' ? (memberOf(entry, 'workspace_id') ?? '') : '';
      if (workspace !== '' && !Object.hasOwn(servers, String(workspace))) {
        return [{ pointer, problem: `workspace ${String(workspace)} does not exist` }];
      }
      return Object.entries(REFERENCES[name] ?? {}).flatMap(([member, target]) => {
        const id = memberOf(entry, member) ?? null;
        return ids.get(target)?.has(id)
          ? []
          : [{ pointer, problem: `${member} ${String(id)} does not exist` }];
      });
    }),
  );
}

/** The tree with the pools and schemas of the lists. Where there are none it stays as it was. */
function withPools(tree: JsonObject, lists: Lists): JsonObject {
  const byId = (name: string, workspaceId: string | null): JsonObject =>
    Object.fromEntries(
      (lists.get(name) ?? [])
        .filter((entry) => (memberOf(entry, 'workspace_id') || null) === workspaceId)
        .map((entry) => [
          String(memberOf(entry, 'id')),
          filterMembers(entry, (member) => !['tenant_id', 'id', 'workspace_id'].includes(member)),
        ]),
    );
  const withMap = (owner: JsonObject, relation: string, entries: JsonObject): JsonObject =>
    Object.keys(entries).length === 0 && Object.keys(objectMember(owner, relation)).length === 0
      ? owner
      : { ...owner, [relation]: entries };
  const servers = Object.entries(objectMember(tree, 'servers')).map(([id, workspace]): [string, Json] => [
    id,
    isJsonObject(workspace) ? withMap(workspace, 'pools', byId('pools', id)) : workspace,
  ]);
  const own = withMap(withMap(tree, 'pools', byId('pools', null)), 'schemas', byId('schemas', null));
  return servers.length === 0 ? own : { ...own, servers: Object.fromEntries(servers) };
}
