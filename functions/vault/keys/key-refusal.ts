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
 * @returns KEY_UNAVAILABLE if KMS refuses the key, else AWS_UNAVAILABLE */
export function keyRefusal(error: Error, keyArn: string): TenantBackupError {
  const facts = { keyArn, reason: error.name };
  const options = { cause: error };
  return KEY_REFUSALS.has(error.name)
    ? new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} cannot be used: ${error.name}`, facts, options)
    : new TenantBackupError(
        'AWS_UNAVAILABLE',
        `KMS did not answer for ${keyArn}: ${error.name}`,
        facts,
        options,
      );
}
