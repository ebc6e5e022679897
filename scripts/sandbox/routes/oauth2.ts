import type { FastifyRequest } from 'fastify';
import { authenticateClient, grantScopes, OAuthError } from '../client-authentication.ts';
import { certificateOf, thumbprint } from '../client-keys.ts';
import { type JsonObject, memberOf, stringsOf } from '../json.ts';
import { workspaceOf } from '../state/tenants.ts';
import { checkGrantType, runExecutionPoints } from '../token-rules.ts';
import { goDurationSeconds } from '../tokens.ts';
import type { Context, Routes } from './context.ts';

interface WorkspaceParams {
  readonly tid: string;
  readonly wid: string;
}

const DISCOVERY_PATH = '/.well-known/openid-configuration';
const TOKEN_PATH = '/oauth2/token';
const DEFAULT_LIFETIME_SECONDS = 3600;

/** Discovery and token endpoint of every workspace: `/{tid}/{wid}/...`. */
export const oauth2Routes: Routes = (app, context) => {
  app.get<{ Params: WorkspaceParams }>(
    `/:tid/:wid${DISCOVERY_PATH}`,
    { config: { requestKind: 'discovery' } },
    async (request) => {
      const workspace = findWorkspace(context, request.params);
      const mtlsUrl = context.mtlsUrl();
      const mtlsIssuer = mtlsUrl && `${mtlsUrl}${pathOf(request.params)}`;
      return discovery(issuerOf(request, DISCOVERY_PATH), workspace, mtlsIssuer);
    },
  );

  app.post<{ Params: WorkspaceParams; Body: Buffer | undefined }>(
    `/:tid/:wid${TOKEN_PATH}`,
    { config: { requestKind: 'token' } },
    async (request, reply) => {
      const { params, headers, body } = request;
      const workspace = findWorkspace(context, params);
      const parameters = parseForm(headers['content-type'], body);
      const certificate = certificateOf(request.raw);
      const { clientId, client } = await authenticateClient(workspace, {
        authorization: headers.authorization,
        parameters,
        certificate,
        audiences: audiencesOf(issuerOf(request, TOKEN_PATH), params, context),
        now: context.now(),
      });
      checkGrantType(workspace, parameters.get('grant_type'), client);
      const scopes = grantScopes(client, parameters.get('scope'));
      runExecutionPoints(workspace, { workspaceId: params.wid, clientId, client }, scopes);
      const expiresInSeconds =
        context.tokenLifetimeSeconds ??
        goDurationSeconds(memberOf(workspace, 'access_token_ttl')) ??
        DEFAULT_LIFETIME_SECONDS;
      const bound = memberOf(client, 'tls_client_certificate_bound_access_tokens') === true && certificate;
      const grant = {
        tenantId: params.tid,
        workspaceId: params.wid,
        clientId,
        scopes,
        ...(bound && { certificate: thumbprint(bound.certificate) }),
      };
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

/** The issuer as the caller knows it, vanity domain, base path and all. */
function issuerOf(request: FastifyRequest, ending: string): string {
  const path = request.originalUrl.split('?')[0] ?? '';
  return `${request.protocol}://${request.headers.host}${path.slice(0, -ending.length)}`;
}

const pathOf = ({ tid, wid }: WorkspaceParams): string =>
  `/${encodeURIComponent(tid)}/${encodeURIComponent(wid)}`;

const audiencesOf = (issuer: string, params: WorkspaceParams, { baseUrl }: Context): string[] => {
  // Asked for through the other listener, the issuer keeps its name.
  const usual = `${baseUrl()}${pathOf(params)}`;
  return [issuer, usual].flatMap((name) => [name, `${name}${TOKEN_PATH}`]);
};

function findWorkspace({ tenants }: Context, { tid, wid }: WorkspaceParams): JsonObject {
  const tree = tenants.find(tid);
  const workspace = tree && workspaceOf(tree, wid);
  if (workspace === undefined) throw new OAuthError(404, 'not_found', `no workspace ${wid} of tenant ${tid}`);
  return workspace;
}

/** OpenID Connect Discovery 1.0 section 3, as far as it matters to clients that configure a tenant. */
function discovery(issuer: string, workspace: JsonObject, mtlsIssuer: string | undefined): JsonObject {
  const methods = stringsOf(memberOf(workspace, 'token_endpoint_auth_methods'));
  const grants = stringsOf(memberOf(workspace, 'grant_types'));
  return {
    issuer,
    token_endpoint: `${issuer}${TOKEN_PATH}`,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint_auth_methods_supported:
      methods.length > 0 ? methods : ['client_secret_basic', 'client_secret_post'],
    grant_types_supported: grants.length > 0 ? grants : ['client_credentials'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    ...(mtlsIssuer !== undefined && {
      mtls_endpoint_aliases: { token_endpoint: `${mtlsIssuer}${TOKEN_PATH}` },
      tls_client_certificate_bound_access_tokens: true,
    }),
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
