import { type Facts, TenantBackupError } from './errors.ts';

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** The caller's own credentials are wrong or old; no role is missing anything. */
const UNUSABLE_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
]);

/** Turn an AWS SDK error into one of ours, naming the action. For use in `.catch(...)` of SDK calls.
 * @param action the IAM action, e.g. `s3:PutObject`
 * @throws AWS_NOT_CONFIGURED if there are no credentials or no region, AWS_ACCESS_DENIED if the role lacks the permission, AWS_UNAVAILABLE otherwise */
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

/** What a failure is called: errors of the network have no name of their own, but the system's code. Never a text of a service, which
 * may repeat what was sent. */
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
