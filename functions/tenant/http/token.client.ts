import { createHash } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import { type Enrolment, isLoopback } from '../enrolment/enrolment.ts';
import { authenticationOf } from './client-authentication.client.ts';
import type { Connections } from './connections.client.ts';
import { type Http, reasonOf } from './http.client.ts';
import {
  type Answerer,
  answererOf,
  BURST_PAUSE_SECONDS,
  type ErrorCodes,
  errorCodesOf,
  foreignAnswer,
  isBurstRefusal,
  isErrorCode,
  isOwnError,
  retryAfterSeconds,
} from './response.ts';

/** `read` if the tenant grants it, so that a nightly token cannot write; `manage` for imports; `read-only` to learn whether the
 * tenant grants it; `keys` for schedules of key rotation, which no other scope can even read. */
export type Access = 'read' | 'manage' | 'read-only' | 'keys';

/** Scopes in order of preference. A tenant that does not know the first grants the second.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-tenant-configuration.html */
const SCOPES: Readonly<Record<Access, readonly string[]>> = {
  read: ['read_configuration', 'manage_configuration'],
  manage: ['manage_configuration'],
  'read-only': ['read_configuration'],
  keys: ['manage_servers'],
};

/** Tokens are not used in the last part of their lifetime. */
const MARGIN_MILLISECONDS = 60_000;

/** An access token. Holds a secret: never log it. */
export interface Token {
  readonly value: string;
  /** Where a token that is bound to the client's certificate can be used: only the host that requests certificates
   * sees one. @default - the origin of the enrolment */
  readonly origin?: string;
}

export interface Tokens {
  /** Gets a token.
   * @param correlationId sent if a token must be requested
   * @returns an access token; from memory while it is valid long enough and was granted for the same authentication
   * @throws AUTHENTICATION_REFUSED, TENANT_NOT_FOUND, TENANT_THROTTLED, TENANT_UNAVAILABLE, UNEXPECTED_RESPONSE */
  get(enrolment: Enrolment, access: Access, correlationId: string): Promise<Token>;
  /** Removes a token that the API refused. */
  forget(enrolment: Enrolment, access: Access): void;
  /** Returns the same grant without any token in memory. The tokens here stay. */
  empty(): Tokens;
}

interface CachedToken {
  readonly token: Token;
  readonly usableUntil: number;
}

/** Creates the client-credentials grant, which keeps tokens in memory only.
 * @param now milliseconds since 1970
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export function createTokens(connections: Connections, now: () => number): Tokens {
  const cache = new Map<string, CachedToken>();
  /** Exports run two at a time: the second waits for the token of the first. */
  const minting = new Map<string, Promise<Token>>();
  const mintAndKeep = async (key: string, request: MintRequest): Promise<Token> => {
    const { token, expiresInSeconds } = await mint(request);
    const lifetime = expiresInSeconds * 1000;
    // A short-lived token is used at once and not kept.
    if (lifetime > MARGIN_MILLISECONDS) {
      cache.set(key, { token, usableUntil: now() + lifetime - MARGIN_MILLISECONDS });
    }
    return token;
  };

  return {
    async get(enrolment, access, correlationId) {
      const key = keyOf(enrolment, access);
      const cached = cache.get(key);
      if (cached && now() < cached.usableUntil) return cached.token;
      const pending = minting.get(key);
      if (pending) return pending;
      const request = { http: connections.to(enrolment), enrolment, scopes: SCOPES[access], correlationId };
      const minted = mintAndKeep(key, request).finally(() => minting.delete(key));
      minting.set(key, minted);
      return minted;
    },
    forget(enrolment, access) {
      cache.delete(keyOf(enrolment, access));
    },
    empty: () => createTokens(connections, now),
  };
}

/** Returns a digest of everything that may decide about a token, including later additions to enrolments. It leaves
 * out only the name and id of one of many tenants with the same client. A digest, because it covers secrets. */
function keyOf({ name: _name, tenantId: _tenantId, ...authentication }: Enrolment, access: Access): string {
  return createHash('sha256')
    .update(JSON.stringify([access, authentication]))
    .digest('base64');
}

interface MintRequest {
  readonly http: Http;
  readonly enrolment: Enrolment;
  readonly scopes: readonly string[];
  readonly correlationId: string;
}

async function mint({
  http,
  enrolment,
  scopes,
  correlationId,
}: MintRequest): Promise<{ token: Token; expiresInSeconds: number }> {
  const issuer = new URL(enrolment.issuer);
  const options = {
    [oauth.customFetch]: http.fetch,
    [oauth.allowInsecureRequests]: isLoopback(issuer.hostname),
    headers: { 'x-correlation-id': correlationId },
  };
  const discovering = exchange(issuer, async () =>
    oauth.processDiscoveryResponse(
      issuer,
      await refuseFailure(await oauth.discoveryRequest(issuer, options), issuer),
    ),
  );
  // Awaited below; this handler only prevents an unhandled rejection.
  discovering.catch(() => {});
  const { client, authentication } = await authenticationOf(enrolment);
  const ask = (server: oauth.AuthorizationServer, scope: string) =>
    exchange(issuer, async () =>
      oauth.processClientCredentialsResponse(
        server,
        client,
        await refuseFailure(
          await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope }, options),
          issuer,
        ),
      ),
    );
  const usual = usualServer(enrolment.issuer);
  const early = client.use_mtls_endpoint_aliases ? undefined : ask(usual, scopes[0] ?? '');
  early?.catch(() => {});
  const server = await discovering.catch(async (error: unknown) => {
    // Nothing of this try may run during the next one.
    await early?.catch(() => {});
    throw error;
  });
  const asUsual = server.token_endpoint === usual.token_endpoint;
  if (!asUsual) await early?.catch(() => {});
  refuseInsecureEndpoint(server, issuer);
  for (const scope of scopes) {
    try {
      const answer = await (asUsual && early && scope === scopes[0] ? early : ask(server, scope));
      const origin = client.use_mtls_endpoint_aliases && boundOrigin(answer.access_token, server);
      return {
        token: { value: answer.access_token, ...(origin && { origin }) },
        expiresInSeconds: answer.expires_in ?? 0,
      };
    } catch (error) {
      const another =
        isTenantBackupError(error) && error.facts['error'] === 'invalid_scope' && scope !== scopes.at(-1);
      if (!another) throw error;
    }
  }
  throw new TypeError('a token needs at least one scope');
}

/** Assumes the usual token endpoint of SecureAuth issuers. The request starts while the issuer's metadata is still on
 * its way: the client authenticates to its enrolled issuer, and the token counts only if the metadata then names
 * this endpoint. */
const usualServer = (issuer: string): oauth.AuthorizationServer => ({
  issuer,
  token_endpoint: `${issuer.replace(/\/$/, '')}/oauth2/token`,
});

/** Refuses an endpoint with plain http. A loopback issuer may use plain http, but may name only an endpoint on this
 * machine. */
function refuseInsecureEndpoint(server: oauth.AuthorizationServer, issuer: URL): void {
  for (const named of [server.token_endpoint, server.mtls_endpoint_aliases?.token_endpoint]) {
    const endpoint = URL.parse(named ?? '');
    if (endpoint === null || endpoint.protocol === 'https:' || isLoopback(endpoint.hostname)) continue;
    throw new TenantBackupError(
      'UNEXPECTED_RESPONSE',
      `${issuer.href} must name a token endpoint with https, got ${endpoint.protocol}//${endpoint.hostname}`,
      { issuer: issuer.href },
    );
  }
}

/** Returns the origin where a token that is bound to a certificate must be used.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-3.1 */
function boundOrigin(token: string, server: oauth.AuthorizationServer): string | undefined {
  const alias = URL.parse(server.mtls_endpoint_aliases?.token_endpoint ?? '');
  if (alias === null) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims?.cnf?.['x5t#S256'] === 'string' ? alias.origin : undefined;
  } catch {
    // An opaque token does not say what it is bound to.
    return undefined;
  }
}

/** Validates statuses without an OAuth error, which the library does not recognise. */
async function refuseFailure(response: Response, issuer: URL): Promise<Response> {
  const answerer = answererIn(response, issuer);
  const facts = { issuer: issuer.href, ...answerer };
  if (response.status === 429) {
    throw new TenantBackupError('TENANT_THROTTLED', `${issuer.host} asks to wait`, {
      ...facts,
      retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after'), response.headers.get('date')),
    });
  }
  if (response.ok || response.status === 401) return response;
  const body = Buffer.from(await response.clone().arrayBuffer());
  if (response.status === 403) {
    if (isBurstRefusal(403, errorCodesOf(body))) {
      throw new TenantBackupError('TENANT_THROTTLED', `${issuer.host} asks to wait (request_forbidden)`, {
        ...facts,
        retryAfterSeconds: BURST_PAUSE_SECONDS,
      });
    }
  }
  if (response.status >= 500) {
    throw new TenantBackupError('TENANT_UNAVAILABLE', `${issuer.host} answered ${response.status}`, facts);
  }
  if (!isOwnError(body)) throw foreignAnswer(issuer.href, answerer);
  if (response.status === 404) {
    throw new TenantBackupError('TENANT_NOT_FOUND', `${issuer.href} does not exist (404)`, facts);
  }
  return response;
}

/** Errors of the library about an answer that is not JSON, or not of an issuer. */
const NO_JSON: ReadonlySet<string> = new Set([
  oauth.PARSE_ERROR,
  oauth.RESPONSE_IS_NOT_JSON,
  oauth.RESPONSE_IS_NOT_CONFORM,
]);

/** Runs one exchange of the library and translates its errors. It drops their causes, which hold whole answers. */
async function exchange<T>(issuer: URL, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isTenantBackupError(error)) throw error;
    if (error instanceof oauth.ResponseBodyError) {
      throw refusedClient(issuer, error.response, isErrorCode(error.error) ? { error: error.error } : {});
    }
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      const body = await error.response.arrayBuffer().catch(() => new ArrayBuffer(0));
      throw refusedClient(issuer, error.response, errorCodesOf(Buffer.from(body)));
    }
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      const { cause } = error;
      throw new TenantBackupError(
        'UNEXPECTED_RESPONSE',
        `${issuer.href} is not an OAuth issuer as expected: ${error.code ?? error.name}`,
        {
          issuer: issuer.href,
          ...(cause instanceof Response && answererIn(cause, issuer)),
          ...(NO_JSON.has(error.code ?? '') && { foreign: true }),
        },
      );
    }
    throw new TenantBackupError('TENANT_UNAVAILABLE', `no answer from ${issuer.host}: ${reasonOf(error)}`, {
      host: issuer.host,
      reason: reasonOf(error),
    });
  }
}

const answererIn = ({ status, headers }: Response, { host }: URL): Answerer =>
  answererOf(host, status, (name) => headers.get(name));

const refusedClient = (issuer: URL, response: Response, codes: ErrorCodes): TenantBackupError =>
  new TenantBackupError(
    'AUTHENTICATION_REFUSED',
    `${issuer.host} refused the client: ${codes.error ?? response.status}`,
    {
      issuer: issuer.href,
      ...answererIn(response, issuer),
      ...codes,
    },
  );
