/** Selects one workspace from a tenant's tree, and finds what it needs. */
import { TenantBackupError } from '../../errors.ts';
import { compareBodies } from '../compare/compare-bodies.ts';
import { isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { childPointer, formatPointer } from '../json/pointer.ts';
import { listObjects } from '../model/objects.ts';
import { placesOf } from '../model/places.ts';
import type { ObjectType } from '../model/sections.ts';
import { shapeOf } from '../model/shape.ts';
import type { Reference } from '../references/reference-table.ts';
import { SYSTEM_WORKSPACE } from '../references/reference-targets.ts';
import { referencesIn, referencesNotHeld } from '../references/references.ts';

/** An object outside of a workspace that something in the selection names. An import elsewhere needs it first. */
export interface Dependency {
  readonly type: ObjectType;
  readonly id: string;
  /** JSON Pointers of the members that name it, in the document that was selected from. */
  readonly pointers: readonly string[];
  /** Whether that document holds it; if not, it is elsewhere or does not exist. */
  readonly held: boolean;
}

export interface WorkspaceSelection {
  /** The workspace as a tree of its own (TreeServer). */
  readonly workspace: JsonObject;
  /** Clients of the workspace `system` that serve this one, by client id; empty if the workspace is `system` itself. */
  readonly systemClients: JsonObject;
  /** In the order in which the selection names them; the schemas of a pool follow after all others. */
  readonly dependsOn: readonly Dependency[];
}

/** Selects one workspace of a tenant.
 * Clients of the workspace `system` belong to it if a gateway, an identity provider, an app, the consent page or
 * CIBA names or embeds them. An embedded client is recognised by everything except its id and what SecureAuth
 * changes by itself. If two clients match, both belong to it.
 * @param tree of a tenant; not modified, and the result shares its parts
 * @throws EXPORT_MALFORMED if it is not a tree
 * @throws INVALID_REQUEST if it is not of a tenant, or has no such workspace */
export function selectWorkspace(tree: Json, workspaceId: string): WorkspaceSelection {
  const shape = shapeOf(tree);
  if (shape !== 'tenant') throw new TenantBackupError('INVALID_REQUEST', `cannot select from a ${shape}`);
  const servers = member(tree, 'servers');
  const workspace = member(servers, workspaceId);
  if (!isObject(workspace))
    throw unknownWorkspace(workspaceId, isObject(servers) ? Object.keys(servers).length : 0);

  const everyClient = member(member(servers, SYSTEM_WORKSPACE), 'clients');
  const clients = workspaceId === SYSTEM_WORKSPACE || !isObject(everyClient) ? {} : everyClient;
  const systemClients: Record<string, Json> = {};
  for (const id of clientsServing(workspace, clients)) setMember(systemClients, id, clients[id] as Json);
  const dependsOn = dependenciesOf(tree, workspaceId, workspace).filter(
    ({ type, id }) => !(type === 'client' && Object.hasOwn(systemClients, id)),
  );
  return { workspace, systemClients, dependsOn };
}

/** @param count of the existing workspaces */
export const unknownWorkspace = (workspace: string, count: number): TenantBackupError =>
  new TenantBackupError(
    'INVALID_REQUEST',
    `workspace must be one of the ${count} of the export, got "${workspace}"`,
    { workspace, count },
  );

/** Lists the objects that have a client of their own in the workspace `system`. */
function* clientOwners(workspace: JsonObject): Generator<Json> {
  for (const section of ['idps', 'gateways', 'custom_apps']) {
    const owners = member(workspace, section);
    if (isObject(owners)) yield* Object.values(owners);
  }
  for (const single of ['server_consent', 'ciba_authentication_service']) {
    yield member(workspace, single) ?? null;
  }
}

/** Returns the ids of the clients that serve a workspace, in the order of `clients`. */
function clientsServing(workspace: JsonObject, clients: JsonObject): string[] {
  const named = new Set<Json | undefined>();
  const embedded = new Map<Json | undefined, Json[]>();
  for (const owner of clientOwners(workspace)) {
    const client = member(owner, 'client');
    named.add(member(owner, 'client_id')).add(member(owner, 'token_exchange_client_id'));
    named.add(member(client, 'client_id'));
    if (!isObject(client)) continue;
    // Compare names first, because a full comparison is slow.
    const name = member(client, 'client_name');
    embedded.set(name, [...(embedded.get(name) ?? []), client]);
  }
  return Object.keys(clients).filter((id) => {
    if (named.has(id)) return true;
    const client = clients[id] as Json;
    return (
      embedded.get(member(client, 'client_name'))?.some((other) => isSameClient(id, client, other)) ?? false
    );
  });
}

const NO_FURTHER_SECRETS = placesOf([]);

const isSameClient = (id: string, client: Json, embedded: Json): boolean =>
  compareBodies(
    formatPointer(['servers', SYSTEM_WORKSPACE, 'clients', id]),
    client,
    embedded,
    NO_FURTHER_SECRETS,
  ).length === 0;

function dependenciesOf(tree: Json, workspaceId: string, workspace: JsonObject): Dependency[] {
  const alone: Record<string, Json> = {};
  setMember(alone, workspaceId, workspace);
  const references: Reference[] = [];
  const objects = listObjects({ servers: alone }, { shape: 'tenant' });
  for (const { reference } of referencesNotHeld(objects, 'tenant')) {
    if (reference.scope !== 'workspace') references.push(reference);
  }
  const own = groupByTarget(references, tree);
  const ofPools = own.filter(({ type }) => type === 'pool').flatMap(({ id }) => schemasOf(tree, id));
  return groupByTarget([...references, ...ofPools], tree);
}

/** Finds the schemas of a tenant's pool that a workspace needs. */
function schemasOf(tree: Json, pool: string): Reference[] {
  const body = member(member(tree, 'pools'), pool);
  if (!isObject(body)) return [];
  return referencesIn({ type: 'pool', id: pool, pointer: formatPointer(['pools', pool]), body });
}

/** Makes one dependency for each target, with all members that name it. */
function groupByTarget(references: readonly Reference[], tree: Json): Dependency[] {
  const groups = new Map<string, Dependency & { readonly pointers: string[] }>();
  for (const { target, pointer } of references) {
    const key = childPointer(target.type, target.id);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...target, pointers: [pointer], held: isHeld(tree, target) });
    else known.pointers.push(pointer);
  }
  return [...groups.values()];
}

function isHeld(tree: Json, { type, id }: Reference['target']): boolean {
  const servers = member(tree, 'servers');
  const places: Partial<Record<ObjectType, readonly (Json | undefined)[]>> = {
    theme: [member(tree, 'themes')],
    schema: [member(tree, 'schemas')],
    server: [servers],
    client: [member(member(servers, SYSTEM_WORKSPACE), 'clients')],
    pool: [
      member(tree, 'pools'),
      ...Object.values(isObject(servers) ? servers : {}).map((server) => member(server, 'pools')),
    ],
  };
  return (places[type] ?? []).some((place) => isObject(member(place, id)));
}
