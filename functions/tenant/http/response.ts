import { type ErrorCode, type Facts, TenantBackupError } from '../../errors.ts';
import type { HttpRequest } from './exchange.client.ts';
import type { HttpResponse } from './http.client.ts';
import type { ImportMode } from './import-mode.ts';

/** A request to a configuration API, with the facts that validate its answer. */
export interface ApiRequest extends HttpRequest {
  readonly api: 'hub' | 'system' | 'identity';
  readonly kind: Exchange;
  /** Name of the exchange for messages: `export of acme`. */
  readonly what: string;
  /** How a write treats objects that exist. */
  readonly mode?: ImportMode;
}

/** Parses a `Retry-After` header, which may be a number or a date.
 * @param date the answer's own `Date` header: a date refers to the sender's clock, not ours
 * @returns seconds, at most an hour; 0 if the header is absent or invalid
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterSeconds(value: string | null | undefined, date: string | null | undefined): number {
  if (!value) return 0;
  const seconds = /^\d+$/.test(value.trim())
    ? Number(value)
    : (Date.parse(value) - Date.parse(date ?? '')) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 3600) : 0;
}

/** The codes in an error body. */
export interface ErrorCodes {
  readonly error?: string;
  readonly errorCode?: string;
}

/** Reads the codes in an error body, in both documented shapes: `{error, error_code}` of the configuration APIs,
 * `{error, error_description}` of the token endpoint. It ignores free text, which may repeat the request. */
export function errorCodesOf(body: Buffer): ErrorCodes {
  if (body.byteLength > 64 * 1024) return {};
  try {
    const { error, error_code } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return { ...codeAs('error', error), ...codeAs('errorCode', error_code) };
  } catch {
    return {};
  }
}

/** Tells whether a body is SecureAuth's own error. Answers of proxies, load balancers and login pages say nothing
 * about the tenant. */
export function isOwnError(body: Buffer): boolean {
  if (body.byteLength > 64 * 1024) return false;
  try {
    const { error, error_code } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return typeof error === 'string' || typeof error_code === 'string';
  } catch {
    return false;
  }
}

/** Who answered and how, without the content. */
export interface Answerer extends Facts {
  readonly host: string;
  readonly status: number;
  /** `none` if the answer names none. */
  readonly contentType: string;
  /** Product of the `Server` header, such as `nginx`; `unknown` if the answer names none. */
  readonly server: string;
}

/** Describes who answered and how.
 * @param header reads a header of the answer
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.server */
export function answererOf(
  host: string,
  status: number,
  header: (name: string) => string | null | undefined,
): Answerer {
  const [type = 'none'] = /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?=$|[;\s])/.exec(header('content-type') ?? '') ?? [];
  const [server = 'unknown'] = /^[\w.+-]{1,64}(?=$|[/\s])/.exec(header('server') ?? '') ?? [];
  return { host, status, contentType: type.toLowerCase(), server };
}

const describeAnswerer = ({ host, server, contentType }: Answerer): string =>
  `${host}${server === 'unknown' ? '' : ` (${server})`} with content type ${contentType}`;

/** Makes the error for an answer that is not SecureAuth's own. It may pass by itself, for example while a proxy is
 * being deployed.
 * @param instead what SecureAuth would have answered */
export function foreignAnswer(what: string, answerer: Answerer, hint = ''): TenantBackupError {
  return new TenantBackupError(
    'UNEXPECTED_RESPONSE',
    `${what} was answered ${answerer.status} by ${describeAnswerer(answerer)}, which is no answer of SecureAuth${hint}`,
    { ...answerer, foreign: true },
  );
}

/** Lower-case words, like all known codes: tokens and generated secrets do not look like this. */
const ERROR_CODE = /^(?=.{1,64}$)[a-z]+(?:[_-][a-z]+)*$/;

export const isErrorCode = (value: unknown): value is string =>
  typeof value === 'string' && ERROR_CODE.test(value);

const codeAs = (name: keyof ErrorCodes, value: unknown): ErrorCodes =>
  isErrorCode(value) ? { [name]: value } : {};

/** Tells whether an answer refuses a burst of requests: a 403 of this name. It passes by itself within 15 to 45
 * seconds, as the vendor's own tests observed. */
export const isBurstRefusal = (status: number, { error, errorCode }: ErrorCodes): boolean =>
  status === 403 && (error === 'request_forbidden' || errorCode === 'request_forbidden');

/** A burst refusal comes without `Retry-After`. */
export const BURST_PAUSE_SECONDS = 15;

/** The kind of exchange: statuses mean different things. */
export type Exchange = 'export' | 'import';

const WITHOUT_HUB = 'without the feature, set "parts": ["system"] in the enrolment';
const HUB_FORBIDDEN = `the client needs the scope, and the tenant the feature tree_dump_tenant; ${WITHOUT_HUB}`;
const HUB_NOT_FOUND = `tenant and workspace must exist, and the tenant needs the feature tree_dump_tenant; ${WITHOUT_HUB}`;

/** Possible reasons, if the hub itself names none. */
const HUB_HINTS: Readonly<Record<number, string>> = {
  403: `; if it lasts: ${HUB_FORBIDDEN}`,
  404: `; if it lasts: ${HUB_NOT_FOUND}`,
};

/** Translates a failed exchange with a configuration API into one of our errors.
 * @returns null if the status is a success */
export function failureOf(
  response: HttpResponse,
  { what, kind, api, mode, url }: Pick<ApiRequest, 'what' | 'kind' | 'api' | 'mode' | 'url'>,
): TenantBackupError | null {
  const { status } = response;
  if (status >= 200 && status < 300) return null;
  const codes = errorCodesOf(response.body);
  const reason = codes.errorCode ?? codes.error;
  const traceId = headerOf(response, 'x-trace-id');
  const answerer = answererOf(url.host, status, (name) => headerOf(response, name));
  const facts = { ...answerer, ...codes, ...(isTraceId(traceId) && { traceId }) };
  const message = `${what} was answered ${status}${reason ? ` (${reason})` : ''}`;
  const failure = (code: ErrorCode, more = '', moreFacts: Facts = {}) =>
    new TenantBackupError(code, `${message}${more}`, { ...facts, ...moreFacts });
  const foreign = (hint?: string) => foreignAnswer(what, answerer, hint);
  if (status === 429) {
    const seconds = retryAfterSeconds(headerOf(response, 'retry-after'), headerOf(response, 'date'));
    return failure('TENANT_THROTTLED', '', { retryAfterSeconds: seconds });
  }
  if (isBurstRefusal(status, codes)) {
    return failure('TENANT_THROTTLED', '', { retryAfterSeconds: BURST_PAUSE_SECONDS });
  }
  if (status >= 500) {
    const by = isOwnError(response.body) ? '' : ` by ${describeAnswerer(answerer)}`;
    return failure('TENANT_UNAVAILABLE', by);
  }
  if (status >= 300 && status < 400) {
    return foreign(': no redirect is followed, the issuer must name the host itself');
  }
  if (status === 401) return failure('AUTHENTICATION_REFUSED');
  if (!isOwnError(response.body)) return foreign(api === 'hub' ? HUB_HINTS[status] : '');
  if (status === 403) {
    return failure('PERMISSION_DENIED', `: ${api === 'hub' ? HUB_FORBIDDEN : 'the client needs the scope'}`);
  }
  // The token endpoint has just confirmed the tenant: only the API is missing.
  if (status === 404) return failure('TENANT_NOT_FOUND', api === 'hub' ? `: ${HUB_NOT_FOUND}` : '');
  if (kind === 'import') {
    if (status === 409) return failure('IMPORT_CONFLICT');
    if ([400, 413, 422].includes(status)) {
      // The hub has no 409: a conflict under mode=fail is a 400 or 422.
      return failure(mode === 'fail' ? 'IMPORT_CONFLICT' : 'IMPORT_REFUSED');
    }
  }
  return failure('UNEXPECTED_RESPONSE');
}

/** Validates a successful answer: it must be a whole JSON object, whatever its content type.
 * @throws EXPORT_MALFORMED, EXPORT_INCOMPLETE */
export function processExport(
  response: HttpResponse,
  { what, url }: Pick<ApiRequest, 'what' | 'url'>,
): Buffer {
  const { body, status } = response;
  const facts = { bytes: body.byteLength };
  const first = body.find(notSpace);
  if (first !== OPEN_BRACE) {
    const answerer = answererOf(url.host, status, (name) => headerOf(response, name));
    throw new TenantBackupError(
      'EXPORT_MALFORMED',
      `${what} is ${first === undefined ? 'empty' : 'not a JSON object'}: answered ${status} by ${describeAnswerer(answerer)}`,
      { ...facts, ...answerer, foreign: true },
    );
  }
  if (body.findLast(notSpace) !== CLOSE_BRACE) {
    throw new TenantBackupError(
      'EXPORT_INCOMPLETE',
      `${what} ends early after ${body.byteLength} bytes`,
      facts,
    );
  }
  return body;
}

/** Validates the answer to a write. The API documents 204 without a body. Only an export and a comparison prove that
 * the tenant took the document.
 * @throws UNEXPECTED_RESPONSE for a body that is not JSON: another host has answered */
export function processWrite({ status, body }: HttpResponse, { what }: Pick<ApiRequest, 'what'>): void {
  const first = body.find(notSpace);
  if (first === undefined || first === OPEN_BRACE) return;
  throw new TenantBackupError(
    'UNEXPECTED_RESPONSE',
    `${what} was answered ${status} with a body that is not JSON: whether it was applied is unknown`,
    { status, bytes: body.byteLength },
  );
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const notSpace = (byte: number) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09;

const headerOf = (response: HttpResponse, name: string): string | undefined =>
  [response.headers[name]].flat()[0];

/** Tells whether a text is an id with which the vendor finds a request. */
const isTraceId = (value: string | undefined): value is string =>
  value !== undefined && /^[0-9a-f-]{16,64}$/i.test(value);
