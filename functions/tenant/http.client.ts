import { Agent, type Dispatcher, request } from 'undici';
import { TenantBackupError } from '../errors.ts';

/** A whole answer of a SecureAuth API. The body may hold credentials: it is parsed, never logged. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** How long and how much we wait for a tenant. */
export interface HttpLimits {
  readonly connectMilliseconds: number;
  /** From the request's end to the answer's headers: exports of large tenants take their time. */
  readonly headersMilliseconds: number;
  /** Between two pieces of a body. */
  readonly bodyMilliseconds: number;
  readonly maxBodyBytes: number;
}

export interface Http {
  /** One exchange, answer read to its end.
   * @throws TENANT_UNAVAILABLE if no answer came
   * @throws EXPORT_INCOMPLETE if the connection broke, or bytes are missing, within the body
   * @throws EXPORT_TOO_LARGE if the body exceeds the limit */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** `send` behind the standard interface, for libraries that make their own requests. */
  readonly fetch: (url: string, init: FetchInit) => Promise<Response>;
}

/** What of the standard `RequestInit` is understood. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: { toString(): string } | null | undefined;
}

/** Statuses whose answers have no body; the standard `Response` insists. */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** Connections to tenants, kept alive between requests. Redirects are answers here: no API we use redirects. */
export function createHttp(limits: HttpLimits): Http {
  const agent = new Agent({
    connect: { timeout: limits.connectMilliseconds },
    headersTimeout: limits.headersMilliseconds,
    bodyTimeout: limits.bodyMilliseconds,
    // Shorter than servers keep them: a request on a connection that is just being closed gets no answer, and an
    // import without an answer is not repeated.
    keepAliveTimeout: 4_000,
  });
  const send: Http['send'] = async ({ method, url, headers, body }) => {
    let response: Dispatcher.ResponseData;
    try {
      response = await request(url, {
        dispatcher: agent,
        method,
        headers: { accept: 'application/json', ...headers },
        body: body ?? null,
      });
    } catch (cause) {
      throw new TenantBackupError(
        'TENANT_UNAVAILABLE',
        `no answer from ${url.host}: ${reasonOf(cause)}`,
        { host: url.host, reason: reasonOf(cause) },
        { cause },
      );
    }
    return {
      status: response.statusCode,
      headers: response.headers,
      body: await readBody(response, url, limits.maxBodyBytes),
    };
  };
  return {
    send,
    async fetch(url, { method, headers, body }) {
      const answer = await send({
        method: method === 'POST' ? 'POST' : 'GET',
        url: new URL(url),
        ...(headers && { headers }),
        ...(body != null && { body: body.toString() }),
      });
      return new Response(NULL_BODY_STATUSES.has(answer.status) ? null : new Uint8Array(answer.body), {
        status: answer.status,
        headers: Object.entries(answer.headers).flatMap(([name, values]) =>
          [values ?? []].flat().map((value): [string, string] => [name, value]),
        ),
      });
    },
  };
}

async function readBody(response: Dispatcher.ResponseData, url: URL, maxBytes: number): Promise<Buffer> {
  const announced = Number(response.headers['content-length'] ?? 0);
  const tooLarge = (bytes: number) =>
    new TenantBackupError(
      'EXPORT_TOO_LARGE',
      `answer must have at most ${maxBytes} bytes, got ${bytes} or more`,
      {
        host: url.host,
        maxBytes,
        bytes,
      },
    );
  if (announced > maxBytes) {
    // Hanging up makes the body fail, which without a listener ends the whole process.
    response.body.on('error', () => {}).destroy();
    throw tooLarge(announced);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      bytes += (chunk as Buffer).byteLength;
      if (bytes > maxBytes) throw tooLarge(bytes);
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    if (cause instanceof TenantBackupError) throw cause;
    throw new TenantBackupError(
      'EXPORT_INCOMPLETE',
      `answer of ${url.host} broke off after ${bytes} bytes: ${reasonOf(cause)}`,
      { host: url.host, bytes, reason: reasonOf(cause) },
      { cause },
    );
  }
  return Buffer.concat(chunks);
}

/** undici and Node put a code on their errors; their messages may name more than we want to repeat. */
export function reasonOf(error: unknown): string {
  const { code, cause, name } = error as { code?: unknown; cause?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  if (cause !== undefined) return reasonOf(cause);
  return typeof name === 'string' ? name : 'unknown';
}
