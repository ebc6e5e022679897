/** Tells what a client needs besides itself to get its next token. */
import { isObject, type Json, member } from '../json/json.ts';

/** What names an object of a tree or of a dump. */
interface Named {
  readonly type: string;
  readonly id: string;
  readonly workspace?: string | undefined;
}

/** What a client needs to authenticate. */
export interface OwnAccess {
  /** Tells whether the client needs the object as the tenant has it. */
  needs(object: Named): boolean;
  /** Tells whether an object holds the settings of the workspace that issues its tokens. */
  isIssuer(object: Named): boolean;
}

/** Settings of a workspace that can refuse a client, or change its issuer. The proof with new tokens finds what a release adds. */
const DECISIVE =
  /^(?:token_endpoint_auth|access_token_|enforce_|require_|trust_anchor_|enable_(?:trust_anchor|legacy_clients)|(?:grant_types|root_cas|settings|profile|type|issuer_id|custom_issuer_url)$)/;

export const isNeededSetting = (name: string): boolean => DECISIVE.test(name);

/** Without it, the tenant has no hub. */
const HUB_FEATURE = 'tree_dump_tenant';

/** Types of trees and of dumps. */
const WORKSPACES: ReadonlySet<string> = new Set(['server', 'servers']);
const CLIENTS: ReadonlySet<string> = new Set(['client', 'clients']);
const SCOPES: ReadonlySet<string> = new Set(['scope', 'scopes', 'scopes_without_service']);
const FEATURES: ReadonlySet<string> = new Set(['feature', 'feature_flags']);
const CODE: Readonly<Record<string, 'script' | 'policy'>> = {
  script: 'script',
  scripts: 'script',
  policy: 'policy',
  policies: 'policy',
};
const isPoint = (type: string): boolean => /_execution_points?$/.test(type);

/** Finds what a client needs: the settings of its workspace, its scopes, and the scripts and policies that run when it gets a token.
 * @param live objects of the tenant, as a tree or a dump lists them
 * @param clientId @default - none: nothing is needed */
export function ownAccess(
  live: Iterable<Named & { readonly body: Json }>,
  clientId: string | undefined,
): OwnAccess {
  if (clientId === undefined) return { needs: () => false, isIssuer: () => false };
  const objects: (Named & { readonly body: Json })[] = [];
  for (const object of live) if (isRelevant(object.type)) objects.push(object);
  const client = objects.find(({ type, id, body }) => CLIENTS.has(type) && idOf(id, body) === clientId);
  const workspace = client?.workspace;
  const scopes = client === undefined ? [] : scopesOf(client.body);

  const isScope = (id: string): boolean => scopes.some((scope) => id === scope || id.endsWith(`/${scope}`));
  const isOwnPoint = (id: string): boolean => {
    // Of people, and of the registration of clients, decide others.
    if (!/^[a-z_]*(?:machine|minting|assignment)/.test(id)) return false;
    const target = id.slice(id.indexOf('/') + 1);
    if (id.startsWith('client_')) return target === clientId;
    return id.startsWith('scope_') ? isScope(target) : true;
  };
  const isOwn = (object: Named): boolean =>
    client !== undefined &&
    object.workspace === workspace &&
    ((SCOPES.has(object.type) && isScope(object.id)) || (isPoint(object.type) && isOwnPoint(object.id)));

  const code = new Set(
    objects.filter((object) => object === client || isOwn(object)).flatMap(({ body }) => codeOf(body)),
  );
  return {
    needs: (object) =>
      isOwn(object) ||
      (FEATURES.has(object.type) && object.id === HUB_FEATURE) ||
      (object.workspace === workspace && code.has(`${CODE[object.type]} ${object.id}`)),
    isIssuer: ({ type, id }) => client !== undefined && WORKSPACES.has(type) && id === (workspace ?? ''),
  };
}

const isRelevant = (type: string): boolean => CLIENTS.has(type) || SCOPES.has(type) || isPoint(type);

/** Returns the id of a client: of a dump, the element says it. */
const idOf = (id: string, body: Json): Json => member(body, 'client_id') ?? id;

function scopesOf(client: Json): string[] {
  const [scopes, scope] = [member(client, 'scopes'), member(client, 'scope')];
  const listed = Array.isArray(scopes) ? scopes : typeof scope === 'string' ? scope.split(' ') : [];
  return listed.filter((name) => typeof name === 'string' && name !== '');
}

/** Lists the scripts and policies that a point names, or a client or scope with points of its own. */
function codeOf(body: Json): string[] {
  const points = member(body, 'policy_execution_points');
  const policies = [body, member(body, 'policy_id'), ...(isObject(points) ? Object.values(points) : [])];
  return [
    ...policies.map((id) => ['policy', id] as const),
    ['script', member(body, 'script_id')] as const,
  ].flatMap(([type, id]) => (typeof id === 'string' && id !== '' ? [`${type} ${id}`] : []));
}
