import { isJsonObject, type JsonObject, memberOf, objectMember } from '../json.ts';
import { type Ids, settleIds } from './ids.ts';
import { TENANT } from './model.ts';
import { regenerate } from './regenerate.ts';
import { mapObjects } from './walk.ts';

/** The workspace that authenticates those who configure the tenant. */
export const SYSTEM_WORKSPACE = 'system';

/** The tenant of the deployment itself: `/api/hub/system/...` is the API of all tenants, and its tokens come from the
 * workspace `system` of this tenant. No other can be called so. */
export const ROOT_TENANT = 'system';

/** Ids appear in paths, host names and file names. */
const TENANT_ID = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** Elements of the flat collections that no tree holds, by collection. */
export type Collections = Readonly<Record<string, readonly JsonObject[]>>;

/** The whole state of a tenant. Trees, dumps and identity dumps are views of it. */
export interface TenantState {
  readonly tree: JsonObject;
  /** What only a dump holds: authentication context classes, secrets of scripts, roles, runtime data and so on. */
  readonly beside: Collections;
  /** What only an identity dump holds: users and what belongs to them. */
  readonly identity: Collections;
  readonly ids: Ids;
}

/** The tenants of the deployment, in memory. States are read and replaced as a whole, never edited in place. */
export class Tenants {
  readonly #states = new Map<string, TenantState>();
  readonly #asStored: (id: string, state: TenantState) => TenantState;

  /** @param asStored what the server keeps of a state */
  constructor(asStored: (id: string, state: TenantState) => TenantState = (_, state) => state) {
    this.#asStored = asStored;
  }

  /** @throws Error when the id is taken, reserved or not 1 to 64 of `a-z 0-9 - _` */
  create(id: string, tree: JsonObject, more: Partial<Omit<TenantState, 'tree'>> = {}): void {
    if (!TENANT_ID.test(id)) throw new Error(`tenant id must be 1 to 64 of a-z, 0-9, - and _, got ${id}`);
    if (id === ROOT_TENANT) throw new Error(`tenant id ${id} is reserved for the deployment itself`);
    if (this.#states.has(id)) throw new Error(`tenant ${id} exists already`);
    this.#set(id, { beside: {}, identity: {}, ids: new Map(), ...more, tree });
  }

  /** The tenant of the deployment itself, which the list of tenants leaves out. */
  createRoot(tree: JsonObject): void {
    this.#set(ROOT_TENANT, { beside: {}, identity: {}, ids: new Map(), tree });
  }

  get ids(): string[] {
    return [...this.#states.keys()].filter((id) => id !== ROOT_TENANT);
  }

  find(id: string): JsonObject | undefined {
    return this.#states.get(id)?.tree;
  }

  /** @throws Error when there is no such tenant */
  get(id: string): JsonObject {
    return this.state(id).tree;
  }

  /** @throws Error when there is no such tenant */
  state(id: string): TenantState {
    const state = this.#states.get(id);
    if (state === undefined) throw new Error(`no tenant ${id}, only ${this.ids.join(', ') || 'none'}`);
    return state;
  }

  replace(id: string, tree: JsonObject): void {
    this.replaceState(id, { tree });
  }

  /** @param change what is left out stays */
  replaceState(id: string, change: Partial<TenantState>): void {
    this.#set(id, { ...this.state(id), ...change });
  }

  #set(id: string, state: TenantState): void {
    this.#states.set(id, this.#asStored(id, { ...state, ids: settleIds(state.ids, state.tree) }));
  }
}

export const workspaceOf = (tree: JsonObject, workspaceId: string): JsonObject | undefined => {
  const workspace = memberOf(memberOf(tree, 'servers'), workspaceId);
  return isJsonObject(workspace) ? workspace : undefined;
};

/** Completes a document so that it can be served: a `system` workspace, and the credentials that the server makes itself.
 * Times stay as they are in the document.
 * @param at stamped on keys that have to be made
 */
export function prepareTenant(document: JsonObject, at: Date): JsonObject {
  const servers = objectMember(document, 'servers');
  const withSystem: JsonObject = {
    ...structuredClone(document),
    servers: { [SYSTEM_WORKSPACE]: newSystemWorkspace(), ...structuredClone(servers) },
  };
  return mapObjects(TENANT, withSystem, (kind, value) => regenerate(kind, value, at));
}

export const newSystemWorkspace = (): JsonObject => ({
  name: 'System',
  type: 'system',
  profile: 'default',
  access_token_ttl: '1h0m0s',
  grant_types: ['client_credentials'],
  token_endpoint_auth_methods: ['client_secret_basic', 'client_secret_post'],
  clients: {},
});
