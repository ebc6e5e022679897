import {
  ASSERTION_TYPE,
  assertedClient,
  hasSubject,
  isIssuedBy,
  isRegistered,
  isSignedBy,
  type ShownCertificate,
} from './client-keys.ts';
import { isJsonObject, type JsonObject, memberOf, objectMember, stringsOf } from './json.ts';

/** A refusal of the token endpoint (RFC 6749 section 5.2). */
export class OAuthError extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.name = 'OAuthError';
    this.status = status;
    this.error = error;
  }
}

/** Deliberately the same for a wrong id, a wrong secret and a wrong method: callers must not learn which it was. */
const refuseClient = (): never => {
  throw new OAuthError(
    401,
    'invalid_client',
    'unknown client, no client authentication included, or unsupported authentication method',
  );
};

type Presented =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; clientId: string; clientSecret: string }
  | { readonly method: 'private_key_jwt'; clientId: string; assertion: string }
  | { readonly method: 'tls'; clientId: string; shown: ShownCertificate };

/** The credentials in a request to the token endpoint. */
export interface Caller {
  /** The `Authorization` header, if any. */
  readonly authorization?: string | undefined;
  /** Of the form body. */
  readonly parameters: URLSearchParams;
  readonly certificate?: ShownCertificate | undefined;
  /** What assertions may be meant for: the issuer, the token endpoint. */
  readonly audiences?: readonly string[];
  readonly now?: Date;
}

/** Authenticates the caller of the token endpoint against the clients that the workspace holds right now.
 * @param workspace whose clients may call
 * @throws OAuthError `invalid_client` 401, `invalid_request` 400
 */
export async function authenticateClient(
  workspace: JsonObject,
  caller: Caller,
): Promise<{ clientId: string; client: JsonObject }> {
  const presented = presentedBy(caller);
  const { clientId } = presented;
  const client = memberOf(memberOf(workspace, 'clients'), clientId);
  if (!isJsonObject(client) || memberOf(client, 'client_status') === 'inactive') return refuseClient();
  return (await isGenuine(workspace, client, presented, caller)) ? { clientId, client } : refuseClient();
}

async function isGenuine(
  workspace: JsonObject,
  client: JsonObject,
  presented: Presented,
  caller: Caller,
): Promise<boolean> {
  const allowed = memberOf(client, 'token_endpoint_auth_method') || 'client_secret_basic';
  const supported = stringsOf(memberOf(workspace, 'token_endpoint_auth_methods'));
  const used = presented.method === 'tls' ? String(allowed) : presented.method;
  if (supported.length > 0 && !supported.includes(used)) return false;
  if (presented.method === 'tls') {
    if (allowed === 'tls_client_auth') {
      return (
        hasSubject(client, presented.shown) && isIssuedBy(memberOf(workspace, 'root_cas'), presented.shown)
      );
    }
    return allowed === 'self_signed_tls_client_auth' && isRegistered(client, presented.shown);
  }
  if (allowed !== presented.method && allowed !== 'unspecified') return false;
  if (presented.method === 'private_key_jwt') {
    const { audiences = [], now = new Date() } = caller;
    const algorithms = stringsOf(memberOf(workspace, 'token_endpoint_auth_signing_alg_values'));
    return isSignedBy(client, presented.clientId, presented.assertion, { audiences, now, algorithms });
  }
  // Secrets that were rotated out are accepted until they are dropped from the list.
  const secrets = [memberOf(client, 'client_secret'), ...stringsOf(memberOf(client, 'rotated_secrets'))];
  return presented.clientSecret !== '' && secrets.includes(presented.clientSecret);
}

function presentedBy({ authorization, parameters, certificate }: Caller): Presented {
  const bodySecret = parameters.get('client_secret');
  const assertion = parameters.get('client_assertion');
  const used = [authorization, bodySecret, assertion].filter((each) => each !== undefined && each !== null);
  if (used.length > 1) {
    throw new OAuthError(400, 'invalid_request', 'more than one method of client authentication');
  }
  if (authorization !== undefined) return basicCredentials(authorization);
  if (assertion !== null) {
    const asserted = assertedClient(assertion);
    const clientId = parameters.get('client_id') ?? asserted;
    const usable = asserted === clientId && parameters.get('client_assertion_type') === ASSERTION_TYPE;
    return usable && clientId !== undefined
      ? { clientId, assertion, method: 'private_key_jwt' }
      : refuseClient();
  }
  const clientId = parameters.get('client_id');
  if (clientId === null) return refuseClient();
  if (bodySecret !== null) return { clientId, clientSecret: bodySecret, method: 'client_secret_post' };
  return certificate === undefined ? refuseClient() : { clientId, shown: certificate, method: 'tls' };
}

/** Id and secret are form-urlencoded before they are joined and put into base64 (RFC 6749 section 2.3.1). */
function basicCredentials(authorization: string): Presented {
  const encoded = /^basic +([a-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return refuseClient();
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (id === undefined || secret === undefined) return refuseClient();
  try {
    return { clientId: formDecoded(id), clientSecret: formDecoded(secret), method: 'client_secret_basic' };
  } catch {
    return refuseClient();
  }
}

/** @throws URIError on a broken percent sequence */
const formDecoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

/** The scopes that the client may ask for: `scopes`, or the older `scope`. */
export function scopesOf(client: JsonObject): string[] {
  const scopes = stringsOf(memberOf(client, 'scopes'));
  const scope = memberOf(client, 'scope');
  return scopes.length > 0 || typeof scope !== 'string' ? scopes : scope.split(' ').filter(Boolean);
}

/** The scopes of the token: what was asked for, or everything the client has.
 * @throws OAuthError `invalid_scope` 400 for a scope that the client lacks
 */
export function grantScopes(client: JsonObject, requested: string | null): string[] {
  const owned = scopesOf(client);
  const asked = (requested ?? '').split(' ').filter(Boolean);
  const lacking = asked.find((scope) => !owned.includes(scope));
  if (lacking !== undefined) {
    throw new OAuthError(400, 'invalid_scope', `the client is not allowed to request scope ${lacking}`);
  }
  return asked.length > 0 ? asked : owned;
}

/** A client of the workspace with which configuration can be read and written, for the convenience of callers. */
export function findAutomationClient(
  workspace: JsonObject,
): { clientId: string; client: JsonObject } | undefined {
  for (const [clientId, client] of Object.entries(objectMember(workspace, 'clients'))) {
    if (!isJsonObject(client) || !scopesOf(client).includes('manage_configuration')) continue;
    const method = memberOf(client, 'token_endpoint_auth_method') || 'client_secret_basic';
    const usable = ['client_secret_basic', 'client_secret_post', 'unspecified'].includes(String(method));
    if (usable && stringsOf(memberOf(client, 'grant_types')).includes('client_credentials'))
      return { clientId, client };
  }
  return undefined;
}
