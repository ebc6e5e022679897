import { OAuthError, scopesOf } from './client-authentication.ts';
import { type JsonObject, memberOf, objectMember, stringsOf } from './json.ts';

/** The settings, scripts and policies of a workspace that decide whether a client gets a token. An empty list restricts nothing. */

interface Caller {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly client: JsonObject;
}

/** Refuses a grant that the workspace does not allow.
 * @throws OAuthError 400 */
export function checkGrantType(workspace: JsonObject, grantType: string | null, client: JsonObject): void {
  if (!grantType) throw new OAuthError(400, 'invalid_request', 'parameter grant_type is missing');
  const allowed = stringsOf(memberOf(workspace, 'grant_types'));
  if (grantType !== 'client_credentials' || (allowed.length > 0 && !allowed.includes(grantType))) {
    throw new OAuthError(400, 'unsupported_grant_type', `grant type ${grantType} is not supported here`);
  }
  if (memberOf(memberOf(workspace, 'settings'), 'deactivated') === true) {
    throw new OAuthError(400, 'unauthorized_client', 'the workspace is deactivated');
  }
  if (!stringsOf(memberOf(client, 'grant_types')).includes(grantType)) {
    throw new OAuthError(
      400,
      'unauthorized_client',
      `the client is not allowed to use grant type ${grantType}`,
    );
  }
}

/** Runs what is bound to the tokens of machines. Code is read, not run: a script fails if it throws, and a policy denies if nothing
 * in it allows.
 * @param scopes of the token
 * @throws OAuthError 500 for a script, 400 for a policy */
export function runExecutionPoints(workspace: JsonObject, caller: Caller, scopes: readonly string[]): void {
  for (const id of scriptsFor(workspace, caller)) {
    const body = memberOf(objectMember(objectMember(workspace, 'scripts'), id), 'body');
    if (typeof body === 'string' && /\bthrow\b/.test(body)) {
      throw new OAuthError(500, 'server_error', `script ${id} failed`);
    }
  }
  for (const id of policiesFor(workspace, caller, scopes)) {
    if (denies(objectMember(objectMember(workspace, 'policies'), id))) {
      throw new OAuthError(400, 'access_denied', `policy ${id} denies the token`);
    }
  }
}

function scriptsFor(workspace: JsonObject, { workspaceId, clientId }: Caller): string[] {
  const points = objectMember(workspace, 'script_execution_points');
  const bound = [
    objectMember(objectMember(points, 'token_minting'), workspaceId),
    objectMember(objectMember(points, 'client_token_minting'), clientId),
  ];
  return textsOf(bound.map((point) => memberOf(point, 'script_id')));
}

function policiesFor(workspace: JsonObject, { client }: Caller, scopes: readonly string[]): string[] {
  const asked = new Set(scopes.length > 0 ? scopes : scopesOf(client));
  const held = [
    objectMember(workspace, 'scopes_without_service'),
    ...Object.values(objectMember(workspace, 'services')).map((service) => objectMember(service, 'scopes')),
  ];
  const points = (owner: JsonObject) => objectMember(owner, 'policy_execution_points');
  const ofScopes = held
    .flatMap((all) => Object.entries(all))
    .flatMap(([name, scope]) => (asked.has(name) ? [memberOf(scope, 'policy_execution_points')] : []));
  return textsOf([
    memberOf(points(workspace), 'server_machine_token'),
    memberOf(points(client), 'client_machine_token'),
    ...ofScopes.map((each) => memberOf(each, 'scope_machine_grant')),
  ]);
}

const textsOf = (values: readonly unknown[]): string[] =>
  values.filter((value): value is string => typeof value === 'string' && value !== '');

/** @see https://www.openpolicyagent.org/docs/policy-language */
function denies(policy: JsonObject): boolean {
  const [definition, validators] = [memberOf(policy, 'definition'), memberOf(policy, 'validators')];
  if (Array.isArray(validators) && validators.some((each) => memberOf(each, 'name') === 'false')) return true;
  return typeof definition === 'string' && definition !== '' && !/^allow\b/m.test(definition);
}
