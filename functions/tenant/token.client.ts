import * as oauth from 'oauth4webapi';
import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import { type Enrolment, isLoopback } from './enrolment.ts';
import { type Http, reasonOf } from './http.client.ts';
import {
  BURST_PAUSE_SECONDS,
  errorCodesOf,
  isBurstRefusal,
  isErrorCode,
  retryAfterSeconds,
} from './response.ts';

/** `read` where the tenant grants it, so that a nightly token cannot write; `manage` for imports. */
export type Access = 'read' | 'manage';

/** Scopes in order of preference. A tenant that does not know the first grants the second.
 * @see https://docs.secureauth.com/ciam/en/export-and-import-tenant-configuration.html */
const SCOPES: Readonly<Record<Access, readonly string[]>> = {
  read: ['read_configuration', 'manage_configuration'],
  manage: ['manage_configuration'],
};

/** Tokens are used until this long before they expire. */
const MARGIN_MILLISECONDS = 60_000;

export interface Tokens {
  /** @returns an access token, from memory while it is young enough
   * @throws AUTHENTICATION_REFUSED, TENANT_NOT_FOUND, TENANT_THROTTLED, TENANT_UNAVAILABLE */
  get(enrolment: Enrolment, access: Access): Promise<string>;
  /** Forget a token that the API refused. */
  forget(enrolment: Enrolment, access: Access): void;
}

interface CachedToken {
  readonly value: string;
  readonly usableUntil: number;
}

/** Client-credentials grant, with tokens kept in memory only.
 * @param now milliseconds since 1970
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export function createTokens(http: Http, now: () => number): Tokens {
  const cache = new Map<string, CachedToken>();
  /** Exports run two at a time: the second waits for the first one's token. */
  const minting = new Map<string, Promise<string>>();
  const keyOf = (enrolment: Enrolment, access: Access) =>
    JSON.stringify([enrolment.issuer, enrolment.clientId, access]);

  const mintAndKeep = async (key: string, enrolment: Enrolment, access: Access): Promise<string> => {
    const { access_token, expires_in } = await mint(http, enrolment, SCOPES[access]);
    const lifetime = (expires_in ?? 0) * 1000;
    // A short-lived token is used at once and not kept.
    if (lifetime > MARGIN_MILLISECONDS) {
      cache.set(key, { value: access_token, usableUntil: now() + lifetime - MARGIN_MILLISECONDS });
    }
    return access_token;
  };

  return {
    async get(enrolment, access) {
      const key = keyOf(enrolment, access);
      const cached = cache.get(key);
      if (cached && now() < cached.usableUntil) return cached.value;
      const pending = minting.get(key);
      if (pending) return pending;
      const minted = mintAndKeep(key, enrolment, access).finally(() => minting.delete(key));
      minting.set(key, minted);
      return minted;
    },
    forget(enrolment, access) {
      cache.delete(keyOf(enrolment, access));
    },
  };
}

async function mint(
  http: Http,
  enrolment: Enrolment,
  scopes: readonly string[],
): Promise<oauth.TokenEndpointResponse> {
  const issuer = new URL(enrolment.issuer);
  const options = {
    [oauth.customFetch]: http.fetch,
    [oauth.allowInsecureRequests]: isLoopback(issuer.hostname),
  };
  const server = await exchange(issuer, async () =>
    oauth.processDiscoveryResponse(
      issuer,
      await refuseFailure(await oauth.discoveryRequest(issuer, options), issuer),
    ),
  );
  refuseInsecureEndpoint(server, issuer);
  const authentication = authenticationOf(enrolment);
  const client: oauth.Client = { client_id: enrolment.clientId };
  for (const scope of scopes) {
    try {
      return await exchange(issuer, async () =>
        oauth.processClientCredentialsResponse(
          server,
          client,
          await refuseFailure(
            await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope }, options),
            issuer,
          ),
        ),
      );
    } catch (error) {
      const another =
        isTenantBackupError(error) && error.facts['error'] === 'invalid_scope' && scope !== scopes.at(-1);
      if (!another) throw error;
    }
  }
  throw new TypeError('at least one scope is asked for');
}

function authenticationOf(enrolment: Enrolment): oauth.ClientAuth {
  switch (enrolment.authentication) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(enrolment.clientSecret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(enrolment.clientSecret);
    default:
      throw new TenantBackupError(
        'NOT_SUPPORTED',
        `authentication ${enrolment.authentication} is not supported yet`,
      );
  }
}

/** A loopback issuer may be plain http; where it sends us may not, unless that is on this machine too. */
function refuseInsecureEndpoint({ token_endpoint }: oauth.AuthorizationServer, issuer: URL): void {
  const endpoint = URL.parse(token_endpoint ?? '');
  if (endpoint === null || endpoint.protocol === 'https:' || isLoopback(endpoint.hostname)) return;
  throw new TenantBackupError(
    'UNEXPECTED_RESPONSE',
    `${issuer.href} must name a token endpoint with https, got one on "${endpoint.hostname}" without`,
    { issuer: issuer.href },
  );
}

/** Judge the statuses that carry no OAuth error: the library knows only those that do. */
async function refuseFailure(response: Response, issuer: URL): Promise<Response> {
  const facts = { issuer: issuer.href, status: response.status };
  if (response.status === 429) {
    throw new TenantBackupError('TENANT_THROTTLED', `${issuer.host} asks to wait`, {
      ...facts,
      retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after'), response.headers.get('date')),
    });
  }
  if (response.status === 403) {
    const codes = errorCodesOf(Buffer.from(await response.clone().arrayBuffer()));
    if (isBurstRefusal(403, codes)) {
      throw new TenantBackupError('TENANT_THROTTLED', `${issuer.host} asks to wait (request_forbidden)`, {
        ...facts,
        retryAfterSeconds: BURST_PAUSE_SECONDS,
      });
    }
  }
  if (response.status >= 500) {
    throw new TenantBackupError('TENANT_UNAVAILABLE', `${issuer.host} answered ${response.status}`, facts);
  }
  if (response.status === 404) {
    throw new TenantBackupError('TENANT_NOT_FOUND', `${issuer.href} does not exist (404)`, facts);
  }
  return response;
}

/** Run one exchange of the library and translate its errors. Their causes hold whole answers and are left behind. */
async function exchange<T>(issuer: URL, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isTenantBackupError(error)) throw error;
    if (error instanceof oauth.ResponseBodyError) {
      const code = isErrorCode(error.error) ? { error: error.error } : {};
      throw new TenantBackupError(
        'AUTHENTICATION_REFUSED',
        `${issuer.host} refused the client: ${code.error ?? error.status}`,
        { issuer: issuer.href, status: error.status, ...code },
      );
    }
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      throw new TenantBackupError(
        'AUTHENTICATION_REFUSED',
        `${issuer.host} refused the client (${error.status})`,
        {
          issuer: issuer.href,
          status: error.status,
        },
      );
    }
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      throw new TenantBackupError(
        'UNEXPECTED_RESPONSE',
        `${issuer.href} is not an OAuth issuer as expected: ${error.code ?? error.name}`,
        { issuer: issuer.href },
      );
    }
    throw new TenantBackupError('TENANT_UNAVAILABLE', `no answer from ${issuer.host}: ${reasonOf(error)}`, {
      host: issuer.host,
      reason: reasonOf(error),
    });
  }
}
