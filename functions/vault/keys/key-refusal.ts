import { awsFailure } from '../../aws-errors.ts';
import { TenantBackupError } from '../../errors.ts';

/** Errors of KMS that a repetition cannot cure: the key or the permission must change. */
const KEY_REFUSALS = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/** Translates a refusal of KMS.
 * @param action the IAM action, e.g. `kms:Sign`
 * @returns KEY_UNAVAILABLE if KMS refuses the key, else as `awsFailure` */
export function keyRefusal(action: string, keyArn: string, error: Error): TenantBackupError {
  const reason = error.name;
  if (!KEY_REFUSALS.has(reason)) return awsFailure(action, { keyArn }, error);
  const facts = { keyArn, reason };
  return new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} cannot be used: ${reason}`, facts, {
    cause: error,
  });
}
