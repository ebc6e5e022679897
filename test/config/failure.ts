import { isTenantBackupError, type TenantBackupError } from '../../functions/errors.ts';

/** The product's error that an action ends with.
 * @throws the action's own error if it is another one, or if there is none */
export function failureOf(action: () => unknown): TenantBackupError {
  try {
    action();
  } catch (error) {
    if (isTenantBackupError(error)) return error;
    throw error;
  }
  throw new Error('the action did not fail');
}
