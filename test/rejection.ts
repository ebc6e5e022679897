import { isTenantBackupError, type TenantBackupError } from '../functions/errors.ts';

/** The product's error that an action, or a promise, ends with.
 * @throws the action's own error if it is another one, or if there is none */
export async function rejectionOf(work: Promise<unknown> | (() => unknown)): Promise<TenantBackupError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (isTenantBackupError(error)) return error;
    throw error;
  }
  throw new Error('the work did not fail');
}

/** All of an error that could leave the process: its message, facts and stack, but not the cause. */
export const saidBy = (error: TenantBackupError): string =>
  JSON.stringify([error.name, error.code, error.message, error.facts, error.stack]);
