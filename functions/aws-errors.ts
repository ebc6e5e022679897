import { type Facts, TenantBackupError } from './errors.ts';

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** Turn an AWS SDK error into one of ours, naming the action. For use in `.catch(...)` of SDK calls.
 * @param action the IAM action, e.g. `s3:PutObject`
 * @throws AWS_NOT_CONFIGURED if there are no credentials or no region, AWS_ACCESS_DENIED if the role lacks the permission, AWS_UNAVAILABLE otherwise */
export const awsError =
  (action: string, facts: Facts) =>
  (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.name : 'unknown';
    if (
      reason === 'CredentialsProviderError' ||
      (cause instanceof Error && cause.message === 'Region is missing')
    ) {
      throw new TenantBackupError(
        'AWS_NOT_CONFIGURED',
        reason === 'CredentialsProviderError'
          ? 'no AWS credentials were found: sign in (aws sso login), or set AWS_PROFILE'
          : 'no AWS region is set: set AWS_REGION, or a region in the profile',
      );
    }
    const denied = DENIED.has(reason);
    throw new TenantBackupError(
      denied ? 'AWS_ACCESS_DENIED' : 'AWS_UNAVAILABLE',
      denied ? `this role may not ${action}` : `${action} failed: ${reason}`,
      { ...facts, action, reason },
      { cause },
    );
  };
