import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { TenantBackupError } from '../../errors.ts';
import { type Agents, exchange, type HttpLimits, type HttpRequest } from './exchange.client.ts';

/** A whole answer of a SecureAuth API. The body may hold credentials: it is parsed, never logged. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** How connections are secured beyond what is usual. There is no way to leave out the verification. */
export interface TlsOptions {
  /** Certificates of the only authorities that are trusted, in PEM. @default - the public ones */
  readonly ca?: string | undefined;
  /** The client's certificate and its key in PEM, shown to servers that ask. */
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
}

export interface Http {
  /** One exchange, answer read to its end.
   * @throws TENANT_UNAVAILABLE if no answer came; TENANT_UNTRUSTED if that is for the host's certificate
   * @throws EXPORT_INCOMPLETE if the connection broke, or bytes are missing, within the body
   * @throws EXPORT_TOO_LARGE if the body exceeds the limit
   * @throws UNEXPECTED_RESPONSE if the body is compressed in a way that nobody asked for */
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

/** Shorter than servers keep them, and than one says that it does: a request on a connection that is just being closed gets no
 * answer, and an import without an answer is not repeated. */
const KEEP_ALIVE = { keepAlive: true, timeout: 4_000 };

/** Connections to tenants, kept alive between requests. Redirects are answers here: no API we use redirects. */
export function createHttp(limits: HttpLimits, { ca, certificate, privateKey }: TlsOptions = {}): Http {
  const agents: Agents = {
    'http:': new HttpAgent(KEEP_ALIVE),
    'https:': new HttpsAgent({
      ...KEEP_ALIVE,
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { cert: certificate }),
      ...(privateKey !== undefined && { key: privateKey }),
    }),
  };
  const send: Http['send'] = async ({ method, url, headers, body, signal }) => {
    let response: IncomingMessage;
    try {
      response = await exchange(
        {
          method,
          url,
          headers: {
            accept: 'application/json',
            'accept-encoding': [...DECODERS.keys()].join(', '),
            ...headers,
          },
          ...(body !== undefined && { body }),
          signal,
        },
        agents,
        limits,
      );
    } catch (cause) {
      const reason = reasonOf(cause);
      const untrusted = UNTRUSTED.test(reason);
      throw new TenantBackupError(
        untrusted ? 'TENANT_UNTRUSTED' : 'TENANT_UNAVAILABLE',
        untrusted
          ? `the certificate of ${url.host} is not trusted: ${reason}`
          : `no answer from ${url.host}: ${reason}`,
        { host: url.host, reason },
        { cause },
      );
    }
    return {
      status: statusOf(response),
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

/** What we can decompress, most wanted first. The window is what every decoder of HTTP has to bear, and no more.
 * @see https://www.rfc-editor.org/rfc/rfc9659#section-3 */
const DECODERS = new Map([
  ['zstd', () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } })],
  ['br', () => createBrotliDecompress()],
  ['gzip', () => createGunzip()],
]);

async function readBody(response: IncomingMessage, url: URL, maxBytes: number): Promise<Buffer> {
  const host = url.host;
  const tooLarge = (bytes: number) =>
    new TenantBackupError(
      'EXPORT_TOO_LARGE',
      `answer must have at most ${maxBytes} bytes, got ${bytes} or more`,
      { host, maxBytes, bytes },
    );
  const announced = Number(response.headers['content-length'] ?? 0);
  if (announced > maxBytes) {
    response.destroy();
    throw tooLarge(announced);
  }
  const body = decoded(response);
  if (body === null) {
    response.destroy();
    throw new TenantBackupError(
      'UNEXPECTED_RESPONSE',
      `answer of ${host} must be compressed by one of ${[...DECODERS.keys()].join(', ')}, if at all`,
      { host, status: statusOf(response) },
    );
  }
  // In its place at once where the size is known, which Node holds the answer to: put together later, it would be there twice.
  const whole = body === response && announced > 0 ? Buffer.allocUnsafeSlow(announced) : null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    body.on('data', (chunk: Buffer) => {
      if (whole === null) chunks.push(chunk);
      else whole.set(chunk, bytes);
      bytes += chunk.byteLength;
      // While it is decompressed: a bomb never gets to go off.
      if (bytes > maxBytes) body.destroy(tooLarge(bytes));
    });
    await finished(body);
  } catch (cause) {
    if (cause instanceof TenantBackupError) throw cause;
    throw new TenantBackupError(
      'EXPORT_INCOMPLETE',
      `answer of ${host} broke off after ${bytes} bytes: ${reasonOf(cause)}`,
      { host, bytes, reason: reasonOf(cause) },
      { cause },
    );
  }
  // Some answers announce a body that they do not have.
  if (whole) return whole.subarray(0, bytes);
  const joined = Buffer.concat(chunks);
  // The connection that is kept alive keeps the answer, and its listener these: another copy of a large export.
  chunks.length = 0;
  return joined;
}

/** @returns null for an encoding that we cannot undo */
function decoded(response: IncomingMessage): Readable | null {
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  // What has no body has nothing to decompress, whatever it says.
  if (encoding === '' || encoding === 'identity' || NULL_BODY_STATUSES.has(statusOf(response)))
    return response;
  const decoder = DECODERS.get(encoding)?.();
  // Errors of either stream arrive at the one that is read.
  return decoder === undefined ? null : pipeline(response, decoder, () => {});
}

/** Of an answer there is one, though the type is also that of a server's requests. */
const statusOf = ({ statusCode = 0 }: IncomingMessage): number => statusCode;

/** What OpenSSL has against a server's certificate, and Node against its name.
 * @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED =
  /^(UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|CERT|CRL)_|SELF_SIGNED_CERT|^(INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Node puts a code on its errors; their messages may name more than we want to repeat. */
export function reasonOf(error: unknown): string {
  const { code, cause, name } = error as { code?: unknown; cause?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  if (cause !== undefined) return reasonOf(cause);
  return typeof name === 'string' ? name : 'unknown';
}
