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

/** The code in an error body, in either of the two documented shapes. Only short identifiers are believed. */
function errorCodeOf(body: Buffer): { error?: string; errorCode?: string } {
  if (body.byteLength > 64 * 1024) return {};
  try {
    const { error, error_code } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    return { ...identifier('error', error), ...identifier('errorCode', error_code) };
  } catch {
    return {};
  }
}

const identifier = (name: string, value: unknown) =>
  typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? { [name]: value } : {};

/** Translate a failed exchange with a configuration API into one of our errors.
 * @param what for the message: `export of acme`
 * @returns null if the status is a success */
export function failureOf(response: HttpResponse, what: string): TenantBackupError | null {
  const { status } = response;
  if (status >= 200 && status < 300) return null;
  const codes = errorCodeOf(response.body);
  const reason = codes.errorCode ?? codes.error;
  const facts = { status, ...codes };
  const message = `${what} was answered ${status}${reason ? ` (${reason})` : ''}`;
  const header = (name: string) => [response.headers[name]].flat()[0];
  if (status === 429) {
    const seconds = retryAfterSeconds(header('retry-after'), header('date'));
    return new TenantBackupError('TENANT_THROTTLED', message, { ...facts, retryAfterSeconds: seconds });
  }
  // Bursts of requests are refused this way; it passes by itself within a minute.
  if (status === 403 && reason === 'request_forbidden')
    return new TenantBackupError('TENANT_THROTTLED', message, facts);
  if (status === 401) return new TenantBackupError('AUTHENTICATION_REFUSED', message, facts);
  if (status === 403) {
    return new TenantBackupError(
      'PERMISSION_DENIED',
      `${message}: the client needs the scope, and the tenant the feature tree_dump_tenant`,
      facts,
    );
  }
  if (status === 404) return new TenantBackupError('TENANT_NOT_FOUND', message, facts);
  if (status === 409) return new TenantBackupError('IMPORT_CONFLICT', message, facts);
  if (status === 400 || status === 422) return new TenantBackupError('IMPORT_REFUSED', message, facts);
  if (status >= 500) return new TenantBackupError('TENANT_UNAVAILABLE', message, facts);
  return new TenantBackupError('UNEXPECTED_RESPONSE', message, facts);
}
