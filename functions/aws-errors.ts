import { type Facts, TenantBackupError } from './errors.ts';

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** Errors that mean the caller's credentials are wrong or expired, not that a role lacks a permission. */
const UNUSABLE_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
]);

/** Translates an AWS SDK error into a `TenantBackupError` that names the action. Use it in `.catch(...)` of SDK calls.
 * @param action the IAM action, e.g. `s3:PutObject`
 * @throws AWS_NOT_CONFIGURED if there are no credentials or no region
 * @throws AWS_ACCESS_DENIED if the role lacks the permission
 * @throws AWS_UNAVAILABLE otherwise */
export const awsError =
  (action: string, facts: Facts) =>
  (cause: unknown): never => {
    const reason = reasonOf(cause);
    const notConfigured = misconfigurationOf(cause, reason);
    if (notConfigured !== null) throw new TenantBackupError('AWS_NOT_CONFIGURED', notConfigured);
    const denied = DENIED.has(reason);
    throw new TenantBackupError(
      denied ? 'AWS_ACCESS_DENIED' : 'AWS_UNAVAILABLE',
      denied ? `this role may not ${action}` : `${action} failed: ${reason}`,
      { ...facts, action, reason },
      { cause },
    );
  };

/** Returns the name of a failure, or the system's code for network errors, which have no name of their own.
 * It never returns a service's message, which may repeat the request. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const { code } = cause as NodeJS.ErrnoException;
  return ['Error', 'AggregateError'].includes(cause.name) && typeof code === 'string' ? code : cause.name;
}

function misconfigurationOf(cause: unknown, reason: string): string | null {
  if (reason === 'CredentialsProviderError' || reason === 'TokenProviderError') {
    return 'no AWS credentials were found: sign in (aws sso login), or set AWS_PROFILE';
  }
  if (UNUSABLE_CREDENTIALS.has(reason)) return `AWS does not accept these credentials: ${reason}`;
  if (cause instanceof Error && cause.message === 'Region is missing') {
    return 'no AWS region is set: set AWS_REGION, or a region in the profile';
  }
  return null;
}
