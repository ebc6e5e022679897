import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import { type Enrolment, forTenant } from '../enrolment/enrolment.ts';
import type { Connections } from '../http/connections.client.ts';
import type { HttpResponse } from '../http/http.client.ts';
import { type ApiRequest, failureOf, processExport, processWrite } from '../http/response.ts';
import { type RetryPolicy, type RetryTools, withRetry } from '../http/retry.ts';
import type { Access, Token, Tokens } from '../http/token.client.ts';
import type { WriteQueue } from '../http/write-queue.ts';

/** The common part of a tenant's configuration APIs: tokens, retries, order of writes, and the validation of answers. */
export interface Api {
  readonly enrolment: Enrolment;
  /** Gets a token, as each request does.
   * @throws the errors of `Tokens.get` */
  authenticate(): Promise<void>;
  /** Reads a document, and repeats the read after a failure that may pass.
   * @returns the document as the tenant sent it: bytes of one JSON object
   * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE, EXPORT_TOO_LARGE and the errors of `failureOf` and `Tokens.get` */
  read(request: ApiRequest): Promise<Buffer>;
  /** Writes a document, after all earlier writes. Repeats a write only if the tenant refused it without processing
   * it.
   * @throws IMPORT_REFUSED, IMPORT_CONFLICT and the errors of `failureOf` and `Tokens.get` */
  write(request: ApiRequest): Promise<void>;
  /** Sends a request, and returns the answer whatever its status: for probes, to which a refusal is an answer. Waits as long as
   * the tenant asks to wait; a write follows all earlier writes.
   * @throws TENANT_THROTTLED, TENANT_UNAVAILABLE and the errors of `Tokens.get` */
  exchange(request: ApiRequest): Promise<HttpResponse>;
}

export interface ApiOptions {
  readonly enrolment: Enrolment;
  readonly access: Access;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly retry: RetryPolicy;
  readonly tools: RetryTools;
  readonly writes: WriteQueue;
  /** Reads the enrolment again for a refused client: its secret may have changed in the meantime. */
  readonly renew: (enrolment: Enrolment) => Promise<Enrolment>;
  /** Aborts everything that is running, and prevents new exchanges. */
  readonly signal?: AbortSignal | undefined;
  /** Sent as `X-Correlation-ID`, and recorded in the tenant's audit log. */
  readonly correlationId: string;
}

export function createApi(options: ApiOptions): Api {
  const { enrolment, access, connections, tokens, retry, writes, correlationId, signal } = options;
  const tools = signal ? untilAborted(options.tools, signal) : options.tools;
  const ask = (client: Enrolment) => tokens.get(client, access, correlationId);

  /** The client's authentication, as last read. */
  let client = enrolment;
  let renewal: Promise<Enrolment> | undefined;
  /** Gets a token. If the tenant refuses the client, it reads the enrolment again and retries once. */
  const getToken = async (): Promise<Token> => {
    const used = client;
    try {
      return await ask(used);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      renewal ??= options.renew(enrolment);
      const renewed = forTenant(await renewal, enrolment.tenantId);
      // Another issuer is another tenant, which this operation must not touch.
      if (isSameClient(renewed, used) || renewed.issuer !== enrolment.issuer) throw error;
      client = renewed;
      return await ask(client);
    }
  };

  /** Sends one request with a token. If the tenant no longer knows the token, it mints a new one and retries once. */
  const answerTo = async (request: ApiRequest): Promise<HttpResponse> => {
    const { method, url, body, maxBodyBytes } = request;
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
        ...(maxBodyBytes !== undefined && { maxBodyBytes }),
        signal,
      });
      if (response.status !== 401 || fresh) return response;
      tokens.forget(client, access);
    }
  };

  /** @param isFatal which refusals to throw */
  const send = async (
    request: ApiRequest,
    isFatal: (failure: TenantBackupError) => boolean = () => true,
  ): Promise<HttpResponse> => {
    const response = await answerTo(request);
    const failure = failureOf(response, request);
    if (failure !== null && isFatal(failure)) throw failure;
    return response;
  };

  /** Adds the correlation id, by which the tenant's audit log names the exchange, to every failure. */
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

  const inTurn = <T>(write: () => Promise<T>): Promise<T> =>
    writes.run(`${enrolment.origin} ${enrolment.tenantId}`, write);

  return {
    enrolment,

    async authenticate() {
      await naming(withRetry(getToken, retry, tools));
    },

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
      inTurn(() =>
        naming(
          (async () => {
            // A failure before the token has not touched the tenant, so that a retry is always safe.
            await withRetry(getToken, retry, tools);
            await withRetry(
              async () => processWrite(await send(request), request),
              retry,
              tools,
              // A write without an answer may have been applied, so that only a refusal is repeated.
              isThrottled,
            );
          })(),
        ),
      ),

    exchange(request) {
      const ask = () => naming(withRetry(() => send(request, isThrottled), retry, tools, isThrottled));
      return request.method === 'GET' ? ask() : inTurn(ask);
    },
  };
}

const isRefusal = (error: unknown): boolean =>
  isTenantBackupError(error) && error.code === 'AUTHENTICATION_REFUSED';

const isThrottled = ({ code }: TenantBackupError): boolean => code === 'TENANT_THROTTLED';

const isSameClient = (a: Enrolment, b: Enrolment): boolean => JSON.stringify(a) === JSON.stringify(b);

const outOfTime = (correlationId: string): TenantBackupError =>
  new TenantBackupError('OUT_OF_TIME', 'the time for talking to the tenant is over', { correlationId });

/** Ends pauses early when the time is over. */
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
