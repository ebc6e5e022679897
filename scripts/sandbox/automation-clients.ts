import { findAutomationClient, scopesOf } from './client-authentication.ts';
import { type JsonObject, memberOf, objectMember, stringsOf } from './json.ts';
import { randomSecret } from './state/regenerate.ts';
import { newSystemWorkspace, SYSTEM_WORKSPACE, workspaceOf } from './state/tenants.ts';

/** A client of the tenant's system workspace that configures the tenant. */
export interface AutomationClient {
  readonly clientId: string;
  /** @default - a random one */
  readonly clientSecret?: string;
  /** @default manage_configuration, read_configuration */
  readonly scopes?: readonly string[];
  /** @default client_secret_basic */
  readonly authMethod?:
    | 'client_secret_basic'
    | 'client_secret_post'
    | 'private_key_jwt'
    | 'tls_client_auth'
    | 'self_signed_tls_client_auth'
    | 'unspecified';
  /** Further members of the client, such as `jwks` or `tls_client_auth_subject_dn`. */
  readonly registration?: JsonObject;
}

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

const DEFAULT_CLIENT: AutomationClient = { clientId: 'tenant-backup' };
const DEFAULT_METHOD = 'client_secret_basic';
const DEFAULT_SCOPES = ['manage_configuration', 'read_configuration'];

/** The tenant with clients added to its system workspace.
 * @param clients undefined adds one called `tenant-backup`, unless the tree holds one that can manage the configuration
 */
export function withAutomationClients(
  tree: JsonObject,
  clients: readonly AutomationClient[] | undefined,
): JsonObject {
  const system = workspaceOf(tree, SYSTEM_WORKSPACE) ?? newSystemWorkspace();
  const wanted = clients ?? (findAutomationClient(system) ? [] : [DEFAULT_CLIENT]);
  const added = Object.fromEntries(wanted.map((client) => [client.clientId, asTreeClient(client)]));
  const methods = stringsOf(memberOf(system, 'token_endpoint_auth_methods'));
  const needed = wanted.map(({ authMethod = DEFAULT_METHOD }) => authMethod);
  const withAdded = {
    ...system,
    // An empty list allows every method.
    ...(methods.length > 0 && { token_endpoint_auth_methods: [...new Set([...methods, ...needed])] }),
    clients: { ...objectMember(system, 'clients'), ...added },
  };
  return { ...tree, servers: { ...objectMember(tree, 'servers'), [SYSTEM_WORKSPACE]: withAdded } };
}

const asTreeClient = ({
  clientId,
  clientSecret,
  scopes,
  authMethod,
  registration,
}: AutomationClient): JsonObject => ({
  client_name: clientId,
  description: 'Reads and writes the configuration of the tenant',
  application_type: 'service',
  client_type: 'oauth2',
  client_status: 'active',
  client_secret: clientSecret ?? randomSecret(),
  rotated_secrets: null,
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: authMethod ?? DEFAULT_METHOD,
  scopes: [...(scopes ?? DEFAULT_SCOPES)],
  ...registration,
});

/** How the automation clients of a prepared tenant authenticate. */
export function accessOf(
  tree: JsonObject,
  clients: readonly AutomationClient[] | undefined,
): ClientCredentials[] {
  const system = workspaceOf(tree, SYSTEM_WORKSPACE) ?? {};
  const found = findAutomationClient(system);
  const ids = clients?.map(({ clientId }) => clientId) ?? (found ? [found.clientId] : []);
  return ids.map((clientId) => {
    const client = objectMember(objectMember(system, 'clients'), clientId);
    return { clientId, clientSecret: String(memberOf(client, 'client_secret')), scopes: scopesOf(client) };
  });
}
