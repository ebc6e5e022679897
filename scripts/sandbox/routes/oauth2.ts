import { authenticateClient, grantScopes, OAuthError } from '../client-authentication.ts';
import { type JsonObject, memberOf, stringsOf } from '../json.ts';
import { workspaceOf } from '../state/tenants.ts';
import { goDurationSeconds } from '../tokens.ts';
import type { Context, Routes } from './context.ts';

interface WorkspaceParams {
  readonly tid: string;
  readonly wid: string;
}

const DEFAULT_LIFETIME_SECONDS = 3600;

/** Discovery and token endpoint of every workspace: `/{tid}/{wid}/...`. */
export const oauth2Routes: Routes = (app, context) => {
  app.get<{ Params: WorkspaceParams }>(
    '/:tid/:wid/.well-known/openid-configuration',
    { config: { requestKind: 'discovery' } },
    async ({ params }) => {
      const workspace = findWorkspace(context, params);
      const issuer = `${context.baseUrl()}/${encodeURIComponent(params.tid)}/${encodeURIComponent(params.wid)}`;
      return discovery(issuer, workspace);
    },
  );

  app.post<{ Params: WorkspaceParams; Body: Buffer | undefined }>(
    '/:tid/:wid/oauth2/token',
    { config: { requestKind: 'token' } },
    async ({ params, headers, body }, reply) => {
      const workspace = findWorkspace(context, params);
      const form = parseForm(headers['content-type'], body);
      const { clientId, client } = authenticateClient(workspace, headers.authorization, form);
      checkGrantType(form.get('grant_type'), client);
      const scopes = grantScopes(client, form.get('scope'));
      const expiresInSeconds =
        context.tokenLifetimeSeconds ??
        goDurationSeconds(memberOf(workspace, 'access_token_ttl')) ??
        DEFAULT_LIFETIME_SECONDS;
      const grant = { tenantId: params.tid, workspaceId: params.wid, clientId, scopes };
      reply.header('cache-control', 'no-store');
      return {
        access_token: context.tokens.issue(grant, expiresInSeconds),
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: scopes.join(' '),
      };
    },
  );
};

function findWorkspace({ tenants }: Context, { tid, wid }: WorkspaceParams): JsonObject {
  const tree = tenants.find(tid);
  const workspace = tree && workspaceOf(tree, wid);
  if (workspace === undefined) throw new OAuthError(404, 'not_found', `no workspace ${wid} of tenant ${tid}`);
  return workspace;
}

/** OpenID Connect Discovery 1.0 section 3, as far as it matters to clients that configure a tenant. */
function discovery(issuer: string, workspace: JsonObject): JsonObject {
  const methods = stringsOf(memberOf(workspace, 'token_endpoint_auth_methods'));
  const grants = stringsOf(memberOf(workspace, 'grant_types'));
  return {
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint_auth_methods_supported:
      methods.length > 0 ? methods : ['client_secret_basic', 'client_secret_post'],
    grant_types_supported: grants.length > 0 ? grants : ['client_credentials'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
}

/** RFC 6749 section 3.2: form parameters, none of them twice. */
function parseForm(contentType: string | undefined, body: Buffer | undefined): URLSearchParams {
  if (!/^application\/x-www-form-urlencoded\b/i.test(contentType ?? '')) {
    throw new OAuthError(400, 'invalid_request', 'the body must be application/x-www-form-urlencoded');
  }
  const form = new URLSearchParams(body?.toString() ?? '');
  const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1);
  if (repeated !== undefined)
    throw new OAuthError(400, 'invalid_request', `parameter ${repeated} is given twice`);
  return form;
}

function checkGrantType(grantType: string | null, client: JsonObject): void {
  if (!grantType) throw new OAuthError(400, 'invalid_request', 'parameter grant_type is missing');
  if (grantType !== 'client_credentials') {
    throw new OAuthError(400, 'unsupported_grant_type', `grant type ${grantType} is not supported here`);
  }
  if (!stringsOf(memberOf(client, 'grant_types')).includes(grantType)) {
    throw new OAuthError(
      400,
      'unauthorized_client',
      `the client is not allowed to use grant type ${grantType}`,
    );
  }
}
