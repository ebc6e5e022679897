import { type Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { type Agent as HttpsAgent, request as overHttps } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Hangs up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** How long and how much we wait for a tenant. */
export interface HttpLimits {
  readonly connectMilliseconds: number;
  /** From the request's end to the answer's headers: exports of large tenants take their time. */
  readonly headersMilliseconds: number;
  /** Between two pieces of a body. */
  readonly bodyMilliseconds: number;
  /** Of the body as it is meant, decompressed. */
  readonly maxBodyBytes: number;
}

/** Connections that are kept, by the protocol of URLs. */
export interface Agents {
  readonly 'http:': HttpAgent;
  readonly 'https:': HttpsAgent;
}

/** What ends an exchange besides Node's own errors, as `reason` names it in facts. */
type Reason = 'CONNECT_TIMEOUT' | 'HEADERS_TIMEOUT' | 'BODY_TIMEOUT' | 'ABORTED' | 'CLOSED_EARLY';

const errorOf = (code: Reason): Error => Object.assign(new Error(code), { code });

/**
 * Sends a request by Node's own client, with the limits of time and the hanging up that it leaves to others. Nothing is
 * repeated, not even on a kept connection that the server was just closing.
 * @param agents have no limit to connections: none waits for another
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

  /** What is under way: the request, later its answer. */
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
    // As long as it is taken in, however slowly, the request may last.
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
    clearTimeout(timer);
    response.setTimeout(limits.bodyMilliseconds, () => hangUp('BODY_TIMEOUT'));
    // A server that answers early may leave the rest of the request unread, and its connection is then of no use.
    response.once('end', () => request.writableFinished || request.destroy());
    resolve(response);
  });
  // Also after the answer has begun, as then it may be the request's end that fails.
  request.on('error', reject);

  const abort = () => hangUp('ABORTED');
  signal?.addEventListener('abort', abort);
  request.once('close', () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    // Where no answer came and no error either, as when the server changes to another protocol.
    reject(errorOf('CLOSED_EARLY'));
  });
  if (signal?.aborted) abort();
  else request.end(body);
  return promise;
}
