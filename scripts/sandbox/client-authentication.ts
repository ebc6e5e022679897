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

interface Presented {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly method: 'client_secret_basic' | 'client_secret_post';
}

/** Authenticate the caller of the token endpoint against the clients that the workspace holds right now.
 * @param workspace whose clients may call
 * @param authorization the `Authorization` header, if any
 * @param parameters of the form body
 * @throws OAuthError `invalid_client` 401, `invalid_request` 400
 */
export function authenticateClient(
  workspace: JsonObject,
  authorization: string | undefined,
  parameters: URLSearchParams,
): { clientId: string; client: JsonObject } {
  const { clientId, clientSecret, method } = presentedBy(authorization, parameters);
  const client = memberOf(memberOf(workspace, 'clients'), clientId);
  if (!isJsonObject(client) || memberOf(client, 'client_status') === 'inactive') return refuseClient();
  const allowed = memberOf(client, 'token_endpoint_auth_method') || 'client_secret_basic';
  if (allowed !== method && allowed !== 'unspecified') return refuseClient();
  // Secrets that were rotated out are accepted until they are dropped from the list.
  const secrets = [memberOf(client, 'client_secret'), ...stringsOf(memberOf(client, 'rotated_secrets'))];
  if (clientSecret === '' || !secrets.includes(clientSecret)) return refuseClient();
  return { clientId, client };
}

function presentedBy(authorization: string | undefined, parameters: URLSearchParams): Presented {
  const bodySecret = parameters.get('client_secret');
  if (authorization === undefined) {
    const clientId = parameters.get('client_id');
    return clientId === null || bodySecret === null
      ? refuseClient()
      : { clientId, clientSecret: bodySecret, method: 'client_secret_post' };
  }
  if (bodySecret !== null) {
    throw new OAuthError(400, 'invalid_request', 'more than one method of client authentication');
  }
  return basicCredentials(authorization);
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
