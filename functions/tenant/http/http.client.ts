import { lookup } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { TenantBackupError } from '../../errors.ts';
import { type Agents, exchange, type HttpLimits, type HttpRequest } from './exchange.client.ts';
import { REFUSED, refusalOf, refusingLookup } from './refused-addresses.client.ts';

/** A complete answer of a SecureAuth API. The body may hold credentials: parse it, never log it. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** TLS settings beyond the defaults. No setting disables verification. */
export interface TlsOptions {
  /** Certificates of the only trusted authorities, in PEM. @default - the public ones */
  readonly ca?: string | undefined;
  /** The client's certificate and its key in PEM, presented to servers that request one. */
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
}

export interface Http {
  /** Sends one request, and reads the answer to its end.
   * @throws TENANT_UNAVAILABLE if no answer came; TENANT_UNTRUSTED if the host's certificate or address is the reason
   * @throws EXPORT_INCOMPLETE if the connection broke, or bytes are missing, in the body
   * @throws EXPORT_TOO_LARGE if the body exceeds the limit
   * @throws UNEXPECTED_RESPONSE if the body has a compression that the request did not offer */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Offers `send` through the standard interface, for libraries that make their own requests. */
  readonly fetch: (url: string, init: FetchInit) => Promise<Response>;
}

/** The supported part of the standard `RequestInit`. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: { toString(): string } | null | undefined;
}

/** Metadata of an issuer and tokens are a few kilobytes. */
const MAX_FETCHED_BYTES = 1024 * 1024;

/** Statuses whose answers have no body, as the standard `Response` requires. */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** Shorter than the time that servers keep connections or announce. A request on a connection that the server just
 * closes gets no answer, and an import without an answer is not repeated. */
const KEEP_ALIVE = { keepAlive: true, timeout: 4_000 };

/** Creates connections to tenants, kept alive between requests. A redirect is returned as an answer, because none of
 * these APIs redirects. */
export function createHttp(limits: HttpLimits, { ca, certificate, privateKey }: TlsOptions = {}): Http {
  const { allowLoopback } = limits;
  const options = { ...KEEP_ALIVE, lookup: refusingLookup(lookup, allowLoopback) };
  const agents: Agents = {
    'http:': new HttpAgent(options),
    'https:': new HttpsAgent({
      ...options,
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { cert: certificate }),
      ...(privateKey !== undefined && { key: privateKey }),
    }),
  };
  const send: Http['send'] = async ({ method, url, headers, body, maxBodyBytes, signal }) => {
    const refusal = refusalOf(url, allowLoopback);
    if (refusal !== null) throw untrustedHost(url, refusal);
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
      if (reason === REFUSED || UNTRUSTED.test(reason)) throw untrustedHost(url, reason, cause);
      throw new TenantBackupError(
        'TENANT_UNAVAILABLE',
        `no answer from ${url.host}: ${reason}`,
        { host: url.host, reason },
        { cause },
      );
    }
    return {
      status: statusOf(response),
      headers: response.headers,
      body: await readBody(response, url, Math.min(maxBodyBytes ?? Infinity, limits.maxBodyBytes)),
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
        maxBodyBytes: MAX_FETCHED_BYTES,
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

/** The supported decompressions, preferred ones first. The window is the one that every HTTP decoder must support.
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
  // If the size is known, write the body to its final place at once: joined later, it would be in memory twice.
  const whole = body === response && announced > 0 ? Buffer.allocUnsafeSlow(announced) : null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    body.on('data', (chunk: Buffer) => {
      if (whole === null) chunks.push(chunk);
      else whole.set(chunk, bytes);
      bytes += chunk.byteLength;
      // Check during decompression, so that a decompression bomb cannot expand.
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
  // The kept connection holds the answer, and its listener holds these chunks: another copy of a large export.
  chunks.length = 0;
  return joined;
}

/** Decompresses an answer.
 * @returns null for an encoding that is not supported */
function decoded(response: IncomingMessage): Readable | null {
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  // An answer without a body has nothing to decompress, whatever its header says.
  if (encoding === '' || encoding === 'identity' || NULL_BODY_STATUSES.has(statusOf(response)))
    return response;
  const decoder = DECODERS.get(encoding)?.();
  // The returned stream reports the errors of both streams.
  return decoder === undefined ? null : pipeline(response, decoder, () => {});
}

/** Returns the status of an answer, which the type marks as optional because server requests lack it. */
const statusOf = ({ statusCode = 0 }: IncomingMessage): number => statusCode;

/** Errors of OpenSSL about a server's certificate, and of Node about its name.
 * @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED =
  /^(UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|CERT|CRL)_|SELF_SIGNED_CERT|^(INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Reasons besides the certificate why nothing is sent to a host. */
const REFUSALS: Readonly<Record<string, string>> = {
  [REFUSED]: 'has an address of this machine or its platform, where no tenant is',
  PLAIN_HTTP: 'must be reached by https; http is for a local AWS',
};

const untrustedHost = ({ host }: URL, reason: string, cause?: unknown): TenantBackupError =>
  new TenantBackupError(
    'TENANT_UNTRUSTED',
    REFUSALS[reason] === undefined
      ? `the certificate of ${host} is not trusted: ${reason}`
      : `${host} ${REFUSALS[reason]}`,
    { host, reason },
    { cause },
  );

/** Returns the code of an error, because Node's messages may repeat too much. */
export function reasonOf(error: unknown): string {
  const { code, cause, name } = error as { code?: unknown; cause?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  if (cause !== undefined) return reasonOf(cause);
  return typeof name === 'string' ? name : 'unknown';
}
