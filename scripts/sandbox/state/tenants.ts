import { isJsonObject, type JsonObject, memberOf, objectMember } from '../json.ts';
import { TENANT } from './model.ts';
import { regenerate } from './regenerate.ts';
import { mapObjects } from './walk.ts';

/** The workspace that authenticates those who configure the tenant. */
export const SYSTEM_WORKSPACE = 'system';

/** `/api/hub/system/...` is the API of the whole deployment, so no tenant can be called so. */
const RESERVED_IDS: readonly string[] = ['system'];

/** Ids appear in paths, host names and file names. */
const TENANT_ID = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** The tenants of the deployment, in memory. Trees go in and come out whole; nobody edits one in place. */
export class Tenants {
  readonly #trees = new Map<string, JsonObject>();

  /** @throws Error when the id is taken, reserved or not 1 to 64 of `a-z 0-9 - _` */
  create(id: string, tree: JsonObject): void {
    if (!TENANT_ID.test(id)) throw new Error(`tenant id must be 1 to 64 of a-z, 0-9, - and _, got ${id}`);
    if (RESERVED_IDS.includes(id)) throw new Error(`tenant id ${id} is reserved for the deployment itself`);
    if (this.#trees.has(id)) throw new Error(`tenant ${id} exists already`);
    this.#trees.set(id, tree);
  }

  get ids(): string[] {
    return [...this.#trees.keys()];
  }

  find(id: string): JsonObject | undefined {
    return this.#trees.get(id);
  }

  /** @throws Error when there is no such tenant */
  get(id: string): JsonObject {
    const tree = this.#trees.get(id);
    if (tree === undefined) throw new Error(`no tenant ${id}, only ${this.ids.join(', ') || 'none'}`);
    return tree;
  }

  replace(id: string, tree: JsonObject): void {
    this.get(id);
    this.#trees.set(id, tree);
  }
}

export const workspaceOf = (tree: JsonObject, workspaceId: string): JsonObject | undefined => {
  const workspace = memberOf(memberOf(tree, 'servers'), workspaceId);
  return isJsonObject(workspace) ? workspace : undefined;
};

/** Make a document fit to serve: a `system` workspace, and the credentials that the server makes itself.
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
