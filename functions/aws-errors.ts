import { type Facts, TenantBackupError } from './errors.ts';

const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);

/** Errors that mean the caller's credentials are wrong or expired, not that a role lacks a permission. */
const UNUSABLE_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'UnrecognizedClientException',
  'TokenRefreshRequired',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
]);

/** Translates an AWS SDK error into a `TenantBackupError` that names the action. Use it in `.catch(...)` of SDK calls.
 * @param action the IAM action, e.g. `s3:PutObject`
 * @throws AWS_NOT_CONFIGURED if there are no credentials or no region, or AWS does not accept the credentials
 * @throws AWS_ACCESS_DENIED if the role lacks the permission
 * @throws AWS_UNAVAILABLE otherwise */
export const awsError =
  (action: string, facts: Facts) =>
  (cause: unknown): never => {
    throw awsFailure(action, facts, cause);
  };

/** Returns what `awsError` throws. It advises no sign-in: functions throw it as well. */
export function awsFailure(action: string, facts: Facts, cause: unknown): TenantBackupError {
  const reason = reasonOf(cause);
  const all = { ...facts, action, reason };
  const notConfigured = misconfigurationOf(cause, reason);
  if (notConfigured !== null) {
    return new TenantBackupError('AWS_NOT_CONFIGURED', notConfigured, all, { cause });
  }
  return DENIED.has(reason)
    ? new TenantBackupError('AWS_ACCESS_DENIED', `this role may not ${action}`, all, { cause })
    : new TenantBackupError('AWS_UNAVAILABLE', `${action} failed: ${reason}`, all, { cause });
}

/** Returns the name of a failure, or the system's code for network errors, which have no name of their own.
 * It never returns a service's message, which may repeat the request. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  // A function aborts a call only when its time is over.
  if (cause.name === 'AbortError') return 'TimeoutError';
  const { code } = cause as NodeJS.ErrnoException;
  return ['Error', 'AggregateError'].includes(cause.name) && typeof code === 'string' ? code : cause.name;
}

function misconfigurationOf(cause: unknown, reason: string): string | null {
  if (reason === 'CredentialsProviderError' || reason === 'TokenProviderError') {
    return 'no AWS credentials were found';
  }
  if (UNUSABLE_CREDENTIALS.has(reason)) return `AWS does not accept these credentials: ${reason}`;
  if (cause instanceof Error && cause.message === 'Region is missing') return 'no AWS region is set';
  return null;
}
