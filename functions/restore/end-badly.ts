import { TenantBackupError } from '../errors.ts';
import { type Outcome, operationError } from './operation.ts';
import type { Operation } from './work.ts';

const SAY: Readonly<Record<Exclude<Outcome, 'restored'>, string>> = {
  untouched: 'nothing was written to the tenant',
  rolledBack: 'the tenant is proved to be as it was before',
  leftAsIs: 'the tenant is left as it is, neither as before nor as promised',
  unknown: 'the tenant may be half way',
};

/** Write down how an operation failed.
 * @returns the error to be thrown: it says what the tenant is now, and how to go back */
export async function endBadly(
  { work, journal }: Operation,
  { code, message, facts, cause }: TenantBackupError,
  outcome: Exclude<Outcome, 'restored'>,
): Promise<TenantBackupError> {
  const { safetyBackup } = journal.record;
  const where = safetyBackup === undefined ? '' : `; the state before is safety backup ${safetyBackup}`;
  const failure = new TenantBackupError(
    code,
    `${message}; ${SAY[outcome]}${where}`,
    {
      ...facts,
      operationId: work.operationId,
      outcome,
      ...(safetyBackup === undefined ? {} : { safetyBackup }),
    },
    { cause },
  );
  await journal.note(outcome === 'rolledBack' ? 'rolled-back' : 'failed', {
    outcome,
    error: operationError(failure),
  });
  return failure;
}
