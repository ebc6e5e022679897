import { isEmpty } from '../json/blank.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import { isContainer, isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { childPointer } from '../json/pointer.ts';
import { UNKNOWN_LINKS } from './collections.ts';
import { collectionOf, type NestedCollection, naturalNamesOf, nestedIn } from './dump-collections.ts';
import { memberAt } from './elements.ts';

/** One object of a dump: an element of a collection, or of a list inside a service. */
export interface DumpObject {
  /** Name of its collection: `clients`, `acrs`, `users`; `scopes` for those of services. */
  readonly type: string;
  /** Identifies the object in its tenant and workspace, joined by `/`: `server_user_token/shop`. Scopes and claims
   * have their names here, because their ids are random. If a workspace or the dump has only one such object, this
   * is the type. */
  readonly id: string;
  /** Missing if neither the object nor the dump names one. */
  readonly tenant?: string;
  /** Id of its workspace; missing for a tenant's own objects. */
  readonly workspace?: string;
  /** Finds the object in another dump, wherever it stands there. Unique in the dump. */
  readonly key: string;
  /** JSON Pointer of its place in this dump. */
  readonly pointer: string;
  /** Its members, without the lists of objects that are listed on their own. */
  readonly body: Json;
}

/** Lists the objects of a flat dump or of an identity dump, each after its owner, in the order of the dump. An
 * unknown collection is listed as well: its elements are identified by `id`. Anything that is not a list of objects
 * is one object. Except for empty collections, each value of the document is in exactly one body.
 * @param dump of one tenant or of many */
export function* dumpObjectsOf(dump: JsonObject): Generator<DumpObject> {
  const scopes = indexScopes(dump);
  const tenant = tenantOfDump(dump);
  const seen = new Map<string, number>();
  for (const found of everyObject(dump, { tenant, scopes })) {
    const times = (seen.get(found.key) ?? 0) + 1;
    seen.set(found.key, times);
    yield times === 1 ? found : { ...found, key: `${found.key}#${times}` };
  }
}

/** Counts the objects of each type in a dump; types without objects are left out. */
export function countDumpObjects(dump: JsonObject): Record<string, number> {
  const counts: Record<string, number> = {};
  const add = (type: string, count: number): void => {
    if (count > 0)
      setMember(counts, type, (Object.hasOwn(counts, type) ? (counts[type] as number) : 0) + count);
  };
  for (const [type, content] of Object.entries(dump)) {
    if (isEmpty(content)) continue;
    if (!isList(content)) {
      add(type, 1);
      continue;
    }
    add(type, content.length);
    for (const nested of nestedIn(type)) {
      for (const element of content) {
        const list = member(element, nested.member);
        if (isList(list)) add(nested.type, list.length);
      }
    }
  }
  return counts;
}

const WORKSPACES = 'servers';

interface Surroundings {
  /** Tenant of the elements that name none. */
  readonly tenant: string | undefined;
  readonly scopes: ScopeIndex;
}

function* everyObject(dump: JsonObject, around: Surroundings): Generator<DumpObject> {
  for (const [type, content] of Object.entries(dump)) {
    if (isEmpty(content)) continue;
    const pointer = childPointer('', type);
    if (!isList(content)) {
      yield { type, id: type, key: keyOf(type, undefined, undefined, [type]), pointer, body: content };
      continue;
    }
    for (let index = 0; index < content.length; index++) {
      yield* objectsIn(type, content[index] as JsonObject, childPointer(pointer, index), around);
    }
  }
}

function* objectsIn(
  type: string,
  element: JsonObject,
  pointer: string,
  around: Surroundings,
): Generator<DumpObject> {
  const lists = nestedIn(type).filter((nested) => isList(member(element, nested.member)));
  const owner = describe(type, element, pointer, around);
  yield lists.length === 0 ? owner : { ...owner, body: without(element, lists) };
  for (const { member: name, ...nested } of lists) {
    const list = element[name] as readonly JsonObject[];
    for (let index = 0; index < list.length; index++) {
      const place = childPointer(childPointer(pointer, name), index);
      yield describeNested(owner, nested, list[index] as JsonObject, place);
    }
  }
}

function describe(
  type: string,
  element: JsonObject,
  pointer: string,
  { tenant: only, scopes }: Surroundings,
): DumpObject {
  const known = collectionOf(type);
  const tenant = textAt(element, known?.tenant ?? 'tenant_id') ?? only;
  const links = known?.workspace ?? UNKNOWN_LINKS;
  const link = links.find((path) => textAt(element, path) !== undefined);
  // A workspace lies in no other workspace, as in a tree.
  let workspace = link === undefined || type === WORKSPACES ? undefined : textAt(element, link);
  let identity = identityOf(type, element);
  if (isExecutionPoint(type)) {
    const target = targetOf(element, tenant, scopes);
    workspace ??= target.workspace;
    identity = [textAt(element, 'type') ?? '', ...target.names];
  }
  return objectOf(type, identity, { tenant, workspace }, pointer, element);
}

function describeNested(
  owner: DumpObject,
  { type, identity }: Omit<NestedCollection, 'member'>,
  element: JsonObject,
  pointer: string,
): DumpObject {
  const own = namesOf(element, identity) ?? namesOf(element, ['id']) ?? [canonicalJson(element)];
  return objectOf(type, [owner.id, ...own], owner, pointer, element);
}

function objectOf(
  type: string,
  identity: readonly string[],
  { tenant, workspace }: { readonly tenant?: string | undefined; readonly workspace?: string | undefined },
  pointer: string,
  body: Json,
): DumpObject {
  return {
    type,
    id: identity.length === 0 ? type : identity.join('/'),
    ...(tenant === undefined ? {} : { tenant }),
    ...(workspace === undefined ? {} : { workspace }),
    key: keyOf(type, tenant, workspace, identity),
    pointer,
    body,
  };
}

const keyOf = (
  type: string,
  tenant: string | undefined,
  workspace: string | undefined,
  identity: readonly string[],
): string => JSON.stringify([type, tenant ?? null, workspace ?? null, ...identity]);

/** Returns what distinguishes an element from all others of its collection in its tenant and workspace. */
function identityOf(type: string, element: JsonObject): readonly string[] {
  const natural = naturalNamesOf(type);
  const named = natural && namesOf(element, natural);
  if (named) return named;
  const known = collectionOf(type);
  if (known === undefined) return namesOf(element, ['id']) ?? [canonicalJson(element)];
  const paths = known.identity.filter(
    (path) => path === 'id' || (path !== known.tenant && path !== known.workspace[0]),
  );
  return paths.map((path) => identityText(memberAt(element, path)));
}

/** Reads the texts at some paths.
 * @returns `undefined` if one of them is missing or not a text */
function namesOf(element: JsonObject, paths: readonly string[]): string[] | undefined {
  const names = paths.map((path) => textAt(element, path));
  return names.every((name) => name !== undefined) ? (names as string[]) : undefined;
}

/** Returns texts as they are, and the subject and the resource of a role without empty members. */
function identityText(value: Json | undefined): string {
  if (value === undefined || isEmpty(value)) return '';
  if (typeof value === 'string') return value;
  if (!isObject(value)) return canonicalJson(value);
  return canonicalJson(Object.fromEntries(Object.entries(value).filter(([, content]) => !isEmpty(content))));
}

/** Returns what an execution point is bound to. A scope is named by its name, because its id is random. */
function targetOf(
  point: JsonObject,
  tenant: string | undefined,
  scopes: ScopeIndex,
): { readonly names: readonly string[]; readonly workspace?: string | undefined } {
  const target = textAt(point, 'target_fk') ?? '';
  const type = textAt(point, 'type') ?? '';
  if (type.startsWith('scope_')) {
    return scopes.get(scopeKey(tenant, target)) ?? { names: [target] };
  }
  return { names: [target], ...(type.startsWith('server_') ? { workspace: target } : {}) };
}

type ScopeIndex = ReadonlyMap<string, { readonly names: readonly string[]; readonly workspace?: string }>;

const scopeKey = (tenant: string | undefined, id: string): string => JSON.stringify([tenant ?? null, id]);

/** Maps the ids of scopes to their names, for the points that are bound to them. */
function indexScopes(dump: JsonObject): ScopeIndex {
  const index = new Map<string, { names: readonly string[]; workspace?: string }>();
  const only = tenantOfDump(dump);
  const add = (scope: Json, names: readonly string[], owner: Json): void => {
    const [id, name] = [textAt(scope, 'id'), textAt(scope, 'name')];
    if (id === undefined || name === undefined) return;
    const tenant = textAt(scope, 'tenant_id') ?? textAt(owner, 'tenant_id') ?? only;
    const workspace = textAt(scope, 'authorization_server_id') ?? textAt(owner, 'authorization_server_id');
    index.set(scopeKey(tenant, id), {
      names: [...names, name],
      ...(workspace === undefined ? {} : { workspace }),
    });
  };
  for (const scope of listOf(dump, 'scopes_without_service')) add(scope, [], scope);
  for (const service of listOf(dump, 'services')) {
    for (const scope of listOf(service, 'scopes')) add(scope, [textAt(service, 'id') ?? ''], service);
  }
  return index;
}

/** Returns the tenant of a dump that is of one tenant only. */
export function tenantOfDump(dump: JsonObject): string | undefined {
  const own = textAt(member(dump, 'tenant'), 'id');
  if (own !== undefined) return own;
  const tenants = listOf(dump, 'tenants');
  return tenants.length === 1 ? textAt(tenants[0], 'id') : undefined;
}

const isExecutionPoint = (type: string): boolean =>
  type === 'policy_execution_points' || type === 'script_execution_points';

const isList = (value: Json | undefined): value is readonly JsonObject[] =>
  Array.isArray(value) && value.every(isObject);

const listOf = (value: Json | undefined, name: string): readonly JsonObject[] => {
  const list = member(value, name);
  return isList(list) ? list : [];
};

/** Returns a text that is not empty. */
function textAt(value: Json | undefined, path: string): string | undefined {
  const found = value === undefined || !isContainer(value) ? undefined : memberAt(value, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function without(element: JsonObject, lists: readonly NestedCollection[]): JsonObject {
  const names = new Set(lists.map((nested) => nested.member));
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(element)) if (!names.has(name)) setMember(body, name, value);
  return body;
}
