import type { Enrolment } from './enrolment.ts';
import type { Http, HttpResponse } from './http.client.ts';
import { type ApiRequest, failureOf, processExport, processWrite } from './response.ts';
import { type RetryPolicy, type RetryTools, withRetry } from './retry.ts';
import type { Access, Tokens } from './token.client.ts';
import type { WriteQueue } from './write-queue.ts';

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
  readonly http: Http;
  readonly tokens: Tokens;
  readonly retry: RetryPolicy;
  readonly tools: RetryTools;
  readonly writes: WriteQueue;
  /** Sent as `X-Correlation-ID`, found again in the tenant's audit log. */
  readonly correlationId: string;
}

export function createApi(options: ApiOptions): Api {
  const { enrolment, access, http, tokens, retry, tools, writes, correlationId } = options;

  /** One exchange with a token, minted anew once if the tenant no longer knows it. */
  const send = async (request: ApiRequest): Promise<HttpResponse> => {
    const { method, url, body } = request;
    for (let fresh = false; ; fresh = true) {
      const token = await tokens.get(enrolment, access);
      const response = await http.send({
        method,
        url,
        headers: { ...request.headers, authorization: `Bearer ${token}`, 'x-correlation-id': correlationId },
        ...(body !== undefined && { body }),
      });
      const failure = failureOf(response, request);
      if (failure === null) return response;
      if (failure.code !== 'AUTHENTICATION_REFUSED' || fresh) throw failure;
      tokens.forget(enrolment, access);
    }
  };

  return {
    enrolment,

    read: (request) => withRetry(async () => processExport(await send(request), request), retry, tools),

    write: (request) =>
      writes.run(`${enrolment.origin} ${enrolment.tenantId}`, async () => {
        // Whatever keeps us from a token has not touched the tenant yet, so that all of it may be waited out.
        await withRetry(() => tokens.get(enrolment, access), retry, tools);
        await withRetry(
          async () => processWrite(await send(request), request),
          retry,
          tools,
          // Whether a write without an answer was applied is unknown, so only a refusal is repeated.
          (failure) => failure.code === 'TENANT_THROTTLED',
        );
      }),
  };
}
