import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import { type Enrolment, forTenant } from '../enrolment/enrolment.ts';
import type { Connections } from '../http/connections.client.ts';
import type { HttpResponse } from '../http/http.client.ts';
import { type ApiRequest, failureOf, processExport, processWrite } from '../http/response.ts';
import { type RetryPolicy, type RetryTools, withRetry } from '../http/retry.ts';
import type { Access, Token, Tokens } from '../http/token.client.ts';
import type { WriteQueue } from '../http/write-queue.ts';

/** What all configuration APIs of a tenant have in common: tokens, patience, order, and how answers are judged. */
export interface Api {
  readonly enrolment: Enrolment;
  /** A read, repeated where its failure may pass.
   * @returns the document as the tenant sent it: bytes of one JSON object
   * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_TOO_LARGE and the errors of `failureOf` and `Tokens.get` */
  read(request: ApiRequest): Promise<Buffer>;
  /** A write: after those before it, and repeated only where the tenant has refused to look at it.
   * @throws IMPORT_REFUSED, IMPORT_CONFLICT and the errors of `failureOf` and `Tokens.get` */
  write(request: ApiRequest): Promise<void>;
}

export interface ApiOptions {
  readonly enrolment: Enrolment;
  readonly access: Access;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly retry: RetryPolicy;
  readonly tools: RetryTools;
  readonly writes: WriteQueue;
  /** Reads the enrolment anew, for a client that was refused: its secret may have been changed meanwhile. */
  readonly renew: (enrolment: Enrolment) => Promise<Enrolment>;
  /** Ends everything that is under way, and lets nothing begin any more. */
  readonly signal?: AbortSignal | undefined;
  /** Sent as `X-Correlation-ID`, found again in the tenant's audit log. */
  readonly correlationId: string;
}

export function createApi(options: ApiOptions): Api {
  const { enrolment, access, connections, tokens, retry, writes, correlationId, signal } = options;
  const tools = signal ? untilAborted(options.tools, signal) : options.tools;
  const ask = (client: Enrolment) => tokens.get(client, access, correlationId);

  /** How to authenticate, as far as we know. */
  let client = enrolment;
  let renewal: Promise<Enrolment> | undefined;
  /** A token; if the client is refused, once more with what its enrolment says by then. */
  const getToken = async (): Promise<Token> => {
    const used = client;
    try {
      return await ask(used);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      renewal ??= options.renew(enrolment);
      const renewed = forTenant(await renewal, enrolment.tenantId);
      // Another issuer is another tenant: not where this operation was meant to go.
      if (isSameClient(renewed, used) || renewed.issuer !== enrolment.issuer) throw error;
      client = renewed;
      return await ask(client);
    }
  };

  /** One exchange with a token, minted anew once if the tenant no longer knows it. */
  const send = async (request: ApiRequest): Promise<HttpResponse> => {
    const { method, url, body } = request;
    for (let fresh = false; ; fresh = true) {
      if (signal?.aborted) throw outOfTime(correlationId);
      const token = await getToken();
      const response = await connections.to(client).send({
        method,
        url: token.origin === undefined ? url : new URL(url.pathname + url.search, token.origin),
        headers: {
          ...request.headers,
          authorization: `Bearer ${token.value}`,
          'x-correlation-id': correlationId,
        },
        ...(body !== undefined && { body }),
        signal,
      });
      const failure = failureOf(response, request);
      if (failure === null) return response;
      if (failure.code !== 'AUTHENTICATION_REFUSED' || fresh) throw failure;
      tokens.forget(client, access);
    }
  };

  /** Every failure says under which id the tenant's audit log knows of it. */
  const naming = async <T>(operation: Promise<T>): Promise<T> => {
    try {
      return await operation;
    } catch (error) {
      if (signal?.aborted) throw outOfTime(correlationId);
      if (!isTenantBackupError(error)) throw error;
      const { code, message, facts, cause } = error;
      throw new TenantBackupError(code, message, { ...facts, correlationId }, { cause });
    }
  };

  return {
    enrolment,

    read: (request) =>
      naming(
        withRetry(
          async () => processExport(await send(request), request),
          retry,
          tools,
          () => !signal?.aborted,
        ),
      ),

    write: (request) =>
      writes.run(`${enrolment.origin} ${enrolment.tenantId}`, () =>
        naming(
          (async () => {
            // Whatever keeps us from a token has not touched the tenant yet, so that all of it may be waited out.
            await withRetry(getToken, retry, tools);
            await withRetry(
              async () => processWrite(await send(request), request),
              retry,
              tools,
              // Whether a write without an answer was applied is unknown, so only a refusal is repeated.
              (failure) => failure.code === 'TENANT_THROTTLED',
            );
          })(),
        ),
      ),
  };
}

const isRefusal = (error: unknown): boolean =>
  isTenantBackupError(error) && error.code === 'AUTHENTICATION_REFUSED';

const isSameClient = (a: Enrolment, b: Enrolment): boolean => JSON.stringify(a) === JSON.stringify(b);

const outOfTime = (correlationId: string): TenantBackupError =>
  new TenantBackupError('OUT_OF_TIME', 'the time for talking to the tenant is over', { correlationId });

/** Pauses that end early when the time is over. */
const untilAborted = ({ sleep, random }: RetryTools, signal: AbortSignal): RetryTools => ({
  random,
  sleep: async (milliseconds) => {
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    signal.addEventListener('abort', wake);
    await Promise.race([sleep(milliseconds), end]);
    signal.removeEventListener('abort', wake);
  },
});
