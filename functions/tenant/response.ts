import { TenantBackupError } from '../errors.ts';
import type { HttpResponse } from './http.client.ts';

/** Seconds from a `Retry-After` header, which may be a number or a date.
 * @param date the answer's own `Date` header: a date is meant against the sender's clock, not ours
 * @returns 0 if the header is absent or neither; at most an hour
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterSeconds(value: string | null | undefined, date: string | null | undefined): number {
  if (!value) return 0;
  const seconds = /^\d+$/.test(value.trim())
    ? Number(value)
    : (Date.parse(value) - Date.parse(date ?? '')) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 3600) : 0;
}

/** What an error body calls the error. */
export interface ErrorCodes {
  readonly error?: string;
  readonly errorCode?: string;
}

/** The codes in an error body, in either of the two documented shapes: `{error, error_code}` of the configuration
 * APIs, `{error, error_description}` of the token endpoint. Only codes are believed, no free text: a text may repeat
 * what was sent. */
export function errorCodesOf(body: Buffer): ErrorCodes {
  if (body.byteLength > 64 * 1024) return {};
  try {
    const { error, error_code } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return { ...codeAs('error', error), ...codeAs('errorCode', error_code) };
  } catch {
    return {};
  }
}

/** Words in lower case, as all known codes are: no token and no generated secret looks like that. */
const ERROR_CODE = /^(?=.{1,64}$)[a-z]+(?:[_-][a-z]+)*$/;

export const isErrorCode = (value: unknown): value is string =>
  typeof value === 'string' && ERROR_CODE.test(value);

const codeAs = (name: keyof ErrorCodes, value: unknown): ErrorCodes =>
  isErrorCode(value) ? { [name]: value } : {};

/** Bursts of requests are refused by a 403 of this name. It passes by itself: within 15 to 45 seconds, as the vendor's
 * own tests saw. */
export const isBurstRefusal = (status: number, { error, errorCode }: ErrorCodes): boolean =>
  status === 403 && (error === 'request_forbidden' || errorCode === 'request_forbidden');

/** A burst refusal comes without `Retry-After`. */
export const BURST_PAUSE_SECONDS = 15;

/** What the exchange was for: statuses mean different things. */
export type Exchange = 'export' | 'import';

/** Translate a failed exchange with a configuration API into one of our errors.
 * @param what for the message: `export of acme`
 * @returns null if the status is a success */
export function failureOf(
  response: HttpResponse,
  what: string,
  exchange: Exchange,
): TenantBackupError | null {
  const { status } = response;
  if (status >= 200 && status < 300) return null;
  const codes = errorCodesOf(response.body);
  const reason = codes.errorCode ?? codes.error;
  const facts = { status, ...codes };
  const message = `${what} was answered ${status}${reason ? ` (${reason})` : ''}`;
  const header = (name: string) => [response.headers[name]].flat()[0];
  if (status === 429) {
    const seconds = retryAfterSeconds(header('retry-after'), header('date'));
    return new TenantBackupError('TENANT_THROTTLED', message, { ...facts, retryAfterSeconds: seconds });
  }
  if (isBurstRefusal(status, codes)) {
    return new TenantBackupError('TENANT_THROTTLED', message, {
      ...facts,
      retryAfterSeconds: BURST_PAUSE_SECONDS,
    });
  }
  if (status === 401) return new TenantBackupError('AUTHENTICATION_REFUSED', message, facts);
  if (status === 403) {
    return new TenantBackupError(
      'PERMISSION_DENIED',
      `${message}: the client needs the scope, and the tenant the feature tree_dump_tenant`,
      facts,
    );
  }
  if (status === 404) return new TenantBackupError('TENANT_NOT_FOUND', message, facts);
  if (exchange === 'import' && status === 409)
    return new TenantBackupError('IMPORT_CONFLICT', message, facts);
  if (exchange === 'import' && [400, 413, 422].includes(status)) {
    return new TenantBackupError('IMPORT_REFUSED', message, facts);
  }
  if (status >= 500) return new TenantBackupError('TENANT_UNAVAILABLE', message, facts);
  return new TenantBackupError('UNEXPECTED_RESPONSE', message, facts);
}
