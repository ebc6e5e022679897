import { type Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { type Agent as HttpsAgent, request as overHttps } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Limit of this answer. @default - that of `HttpLimits` */
  readonly maxBodyBytes?: number;
  /** Aborts the exchange. */
  readonly signal?: AbortSignal | undefined;
}

/** Limits of time and size for an exchange with a tenant. */
export interface HttpLimits {
  readonly connectMilliseconds: number;
  /** From the end of the request to the headers of the answer: exports of large tenants take long. */
  readonly headersMilliseconds: number;
  /** Between two pieces of the body. The whole body may take `MAX_PAUSES` times as long. */
  readonly bodyMilliseconds: number;
  /** Of the decompressed body. */
  readonly maxBodyBytes: number;
  /** Whether tenants may be on this machine, and use plain http there: beside a local AWS alone. */
  readonly allowLoopback: boolean;
}

/** Agents that keep connections, by the protocol of URLs. */
export interface Agents {
  readonly 'http:': HttpAgent;
  readonly 'https:': HttpsAgent;
}

/** Limits a body that drips: every piece of it begins the time between two pieces again. */
const MAX_PAUSES = 5;

/** Reasons that end an exchange, besides Node's own errors; `reason` in facts. */
type Reason = 'CONNECT_TIMEOUT' | 'HEADERS_TIMEOUT' | 'BODY_TIMEOUT' | 'ABORTED' | 'CLOSED_EARLY';

const errorOf = (code: Reason): Error => Object.assign(new Error(code), { code });

/**
 * Sends a request with Node's own client, and adds limits of time and the abort that Node leaves to callers. It
 * repeats nothing, even if the server closes a kept connection at that moment.
 * @param agents have no limit of connections, so that no request waits for another
 * @returns the answer with its headers; its body, which must be read, fails if the limits or the signal say so
 * @throws Node's errors, and those whose code is a `Reason`
 * @see https://nodejs.org/api/http.html#class-httpclientrequest
 */
export function exchange(
  { method, url, headers, body, signal }: HttpRequest,
  agents: Agents,
  limits: HttpLimits,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const secure = url.protocol === 'https:';
  const request = secure
    ? overHttps(url, { method, headers, agent: agents['https:'] })
    : overHttp(url, { method, headers, agent: agents['http:'] });

  /** The present stream: first the request, then its answer. */
  let current: { destroy(reason: Error): unknown } = request;
  const hangUp = (code: Reason) => current.destroy(errorOf(code));
  let timer: NodeJS.Timeout | undefined;
  const allow = (milliseconds: number, code: Reason) => {
    clearTimeout(timer);
    timer = setTimeout(hangUp, milliseconds, code);
  };

  request.once('socket', (socket) => {
    if (socket.connecting) {
      allow(limits.connectMilliseconds, 'CONNECT_TIMEOUT');
      socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    }
    // The request may last as long as the server reads it, however slowly.
    request.setTimeout(
      limits.headersMilliseconds,
      () => request.writableFinished || hangUp('HEADERS_TIMEOUT'),
    );
  });
  const sent = () => allow(limits.headersMilliseconds, 'HEADERS_TIMEOUT');
  request.once('finish', sent);
  request.once('response', (response) => {
    current = response;
    request.off('finish', sent);
    allow(MAX_PAUSES * limits.bodyMilliseconds, 'BODY_TIMEOUT');
    response.setTimeout(limits.bodyMilliseconds, () => hangUp('BODY_TIMEOUT'));
    // A server that answers early may not read the rest of the request. The connection is then useless.
    response.once('end', () => request.writableFinished || request.destroy());
    resolve(response);
  });
  // Also after the answer has begun: the end of the request may still fail.
  request.on('error', reject);

  const abort = () => hangUp('ABORTED');
  signal?.addEventListener('abort', abort);
  request.once('close', () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    // The connection closed without an answer and without an error, as when the server changes to another protocol.
    reject(errorOf('CLOSED_EARLY'));
  });
  if (signal?.aborted) abort();
  else request.end(body);
  return promise;
}
