/** Selects one workspace from a flat dump (system and root API). */
import { TenantBackupError } from '../../errors.ts';
import { isEmpty } from '../json/blank.ts';
import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { UNKNOWN_LINKS } from '../model/collections.ts';
import { type Elements, elementsOf, knownCollection, mapElements, memberAt } from '../model/elements.ts';
import { visitNames } from '../references/reference-places.ts';
import { DUMP_REFERENCES } from '../references/reference-table.ts';
import { SYSTEM_WORKSPACE } from '../references/reference-targets.ts';
import { type Dependency, unknownWorkspace } from './select.ts';
import { dumpDependencies } from './select-dump-dependencies.ts';

/** @param tenant of the workspace: ids of workspaces are unique only within a tenant */
export interface SelectDumpOptions {
  /** @default - the only tenant that has such a workspace */
  readonly tenant?: string | undefined;
}

/** A collection with elements that no workspace owns, and that are therefore left out.
 * - `tenant`: they are the tenant's own
 * - `unknown`: the collection is not known, or is no list */
export interface LeftOut {
  readonly collection: string;
  readonly reason: 'tenant' | 'unknown';
}

export interface WorkspaceDump {
  /** The collections with elements of the workspace, in the order of the dump. */
  readonly dump: JsonObject;
  /** Ids of its clients in the workspace `system`. */
  readonly systemClients: readonly string[];
  readonly dependsOn: readonly Dependency[];
  readonly leftOut: readonly LeftOut[];
}

/** Selects one workspace of a dump: its server, and all elements that belong to it. The clients of the workspace
 * `system` that its identity providers, gateways, apps, consent page and CIBA name belong to it too, with their
 * execution points.
 * @param dump of one tenant or of many; not modified, and the result shares its elements
 * @throws EXPORT_MALFORMED if it has no list of servers
 * @throws INVALID_REQUEST if it has no such workspace, or several tenants have one and the caller names none */
export function selectWorkspaceFromDump(
  dump: Json,
  workspaceId: string,
  options: SelectDumpOptions = {},
): WorkspaceDump {
  const servers = member(dump, 'servers');
  if (!isObject(dump) || !Array.isArray(servers)) {
    throw new TenantBackupError('EXPORT_MALFORMED', 'dump must have a list of servers');
  }
  const tenant = tenantOf(servers, workspaceId, options.tenant);
  const everything = elementsOf(dump, tenant);
  const isOwn = ownershipIn(everything, workspaceId);
  const own = mapElements(everything, (name, elements) => elements.filter(({ value }) => isOwn(name, value)));
  const named = namedClients(own);
  const systemClients =
    workspaceId === SYSTEM_WORKSPACE
      ? []
      : (everything.get('clients') ?? [])
          .filter(({ value }) => isOfClients('clients', value, named))
          .map(({ value }) => String(member(value, 'client_id')));
  const carried = new Set<Json | undefined>(systemClients);
  const selected = mapElements(everything, (name, elements) =>
    elements.filter(({ value }) => isOwn(name, value) || isOfClients(name, value, carried)),
  );
  return {
    dump: toDump(selected),
    systemClients,
    dependsOn: dumpDependencies(selected, everything, workspaceId),
    leftOut: leftOutOf(dump, everything),
  };
}

/** Finds the tenant of a workspace.
 * @returns `undefined` if the dump names no tenants */
function tenantOf(
  servers: readonly Json[],
  workspace: string,
  wanted: string | undefined,
): string | undefined {
  const tenants = new Set(
    servers
      .filter((server) => member(server, 'id') === workspace)
      .map((server) => member(server, 'tenant_id')),
  );
  if (wanted !== undefined && (tenants.has(wanted) || tenants.has(undefined))) return wanted;
  if (wanted !== undefined || tenants.size === 0) throw unknownWorkspace(workspace, servers.length);
  if (tenants.size > 1) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      `tenant must be named: ${tenants.size} tenants have a workspace "${workspace}"`,
      { workspace, count: tenants.size },
    );
  }
  const [only] = tenants;
  return typeof only === 'string' ? only : undefined;
}

/** Returns a function that tells whether an element itself belongs to a workspace. */
function ownershipIn(everything: Elements, workspace: string): (name: string, value: JsonObject) => boolean {
  const isLinked = (name: string, value: JsonObject): boolean => {
    const known = knownCollection(name);
    if (known !== undefined) return known.workspace.some((path) => memberAt(value, path) === workspace);
    return unknownLink(value) === workspace;
  };
  // Execution points may name their workspace; if they do not, their target decides.
  const idsOf = (name: string, key: string): (Json | undefined)[] =>
    (everything.get(name) ?? []).flatMap(({ value }) => (isLinked(name, value) ? [member(value, key)] : []));
  const clients = new Set(idsOf('clients', 'client_id'));
  const scopes = new Set([
    ...idsOf('scopes_without_service', 'id'),
    ...idsOf('services', 'scopes')
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((scope) => member(scope, 'id')),
  ]);
  return (name, value) => {
    if (!isPoint(name) || !isEmpty(member(value, 'server_id'))) return isLinked(name, value);
    const target = member(value, 'target_fk');
    const type = String(member(value, 'type'));
    if (type.startsWith('client_')) return clients.has(target);
    if (type.startsWith('scope_')) return scopes.has(target);
    return target === workspace;
  };
}

/** Returns the ids of the clients of the workspace `system` that elements name. */
function namedClients(own: Elements): ReadonlySet<Json | undefined> {
  const ids = new Set<Json | undefined>();
  for (const [name, elements] of own) {
    for (const { value } of elements) {
      visitNames(DUMP_REFERENCES.get(name), value, ({ scope }, id) => {
        if (scope === 'workspaceOrSystem') ids.add(id);
      });
    }
  }
  return ids;
}

/** Tells whether an element of the workspace `system` is one of the clients, or one of their execution points. */
function isOfClients(name: string, value: JsonObject, carried: ReadonlySet<Json | undefined>): boolean {
  if (name === 'clients') {
    return (
      member(value, 'authorization_server_id') === SYSTEM_WORKSPACE && carried.has(member(value, 'client_id'))
    );
  }
  if (!isPoint(name)) return false;
  const server = member(value, 'server_id');
  return (
    (server === SYSTEM_WORKSPACE || isEmpty(server)) &&
    String(member(value, 'type')).startsWith('client_') &&
    carried.has(member(value, 'target_fk'))
  );
}

function toDump(selected: Elements): JsonObject {
  const dump: Record<string, Json> = {};
  for (const [name, elements] of selected) {
    if (elements.length === 0) continue;
    setMember(
      dump,
      name,
      elements.map(({ value }) => value),
    );
  }
  return dump;
}

function leftOutOf(dump: JsonObject, everything: Elements): LeftOut[] {
  return Object.keys(dump).flatMap((collection): LeftOut[] => {
    const content = dump[collection];
    if (isEmpty(content)) return [];
    const known = knownCollection(collection);
    if (known?.workspace.length === 0) {
      // A tenant's own dump holds its tenant as a single object.
      const isThere = everything.get(collection)?.length !== 0;
      return isThere ? [{ collection, reason: 'tenant' }] : [];
    }
    if (!Array.isArray(content) || !content.every(isObject)) return [{ collection, reason: 'unknown' }];
    const isTold = (value: JsonObject): boolean =>
      known === undefined
        ? unknownLink(value) !== undefined
        : isPoint(collection) || known.workspace.some((path) => !isEmpty(memberAt(value, path)));
    if (everything.get(collection)?.every(({ value }) => isTold(value))) return [];
    return [{ collection, reason: known === undefined ? 'unknown' : 'tenant' }];
  });
}

const isPoint = (collection: string): boolean =>
  collection === 'policy_execution_points' || collection === 'script_execution_points';

/** Returns the workspace of an element of an unknown collection; `undefined` if it has none. */
const unknownLink = (value: JsonObject): Json | undefined =>
  UNKNOWN_LINKS.map((link) => member(value, link)).find((id) => !isEmpty(id));
