import { type Facts, TenantBackupError } from './errors.ts';

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** Turn an AWS SDK error into one of ours, naming the action. For use in `.catch(...)` of SDK calls.
 * @param action the IAM action, e.g. `s3:PutObject`
 * @throws AWS_ACCESS_DENIED if the role lacks the permission, AWS_UNAVAILABLE otherwise */
export const awsError =
  (action: string, facts: Facts) =>
  (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.name : 'unknown';
    const denied = DENIED.has(reason);
    throw new TenantBackupError(
      denied ? 'AWS_ACCESS_DENIED' : 'AWS_UNAVAILABLE',
      denied ? `this role may not ${action}` : `${action} failed: ${reason}`,
      { ...facts, action, reason },
      { cause },
    );
  };
