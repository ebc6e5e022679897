import type { Json } from '../../config/json/json-value.ts';
import { toTenantBackupError } from '../../defect.ts';
import { TenantBackupError } from '../../errors.ts';
import { exportState } from '../../state/export-state.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import { partOf } from '../parts/parts.ts';
import { isVerified } from '../parts/verification.ts';
import { type Outcome, operationError } from '../record/operation.ts';
import type { PartChanges, Run, Step } from '../source/restore-plan.ts';
import { exportWithNewTokens } from './new-tokens.ts';

/** A tenant that missed its target state. */
export interface FailedRestore {
  /** The steps that were, or may have been, written, in that order. */
  readonly steps: readonly Step[];
  /** The live state of a part, if it is known. */
  readonly now: { readonly part: TenantPart; readonly state: Json } | null;
  readonly failure: TenantBackupError;
}

/** Restores the state before the operation, unless the tenant has it already or the request says to leave it.
 * @returns the error to throw; its outcome is verified, or `unknown` */
export async function rollBack(run: Run, failed: FailedRestore): Promise<TenantBackupError> {
  const { steps, now, failure } = failed;
  const [only, another] = steps;
  // With another part, the first was written.
  if (only && !another && now && isDone(undoOf(only.changes, now.state))) {
    return failOperation(run, failure, 'rolledBack');
  }
  // Without a client that gets in, none could put it back later.
  const mayLeave = failure.code !== 'LOCKED_OUT';
  if (run.operation.onFailure === 'leave' && mayLeave) return failOperation(run, failure, 'leftAsIs');
  const problem = await undoAll(run, steps, now).catch((error: unknown) => toTenantBackupError(error));
  return problem === null
    ? failOperation(run, failure, 'rolledBack')
    : failOperation(run, rollBackFailed(failure, problem), 'unknown');
}

/** @param before @default - the part as it was when the changes were planned */
const undoOf = (changes: PartChanges, state: Json, before: Json = changes.live): PartChanges =>
  partOf(changes.target).planUndo(changes, state, before);

/** Tells whether nothing is left to undo. */
const isDone = (undo: PartChanges): boolean =>
  undo.changes.isEmpty && differenceFrom(undo, undo.live) === null;

/** Undoes one part after the other, the last first, so that the parts stay consistent.
 * @returns why the tenant is not in its old state; null if it is, verified */
async function undoAll(
  run: Run,
  steps: readonly Step[],
  now: FailedRestore['now'],
): Promise<TenantBackupError | null> {
  const stateOf = ({ target }: PartChanges) => exportState(target.part, run.apis);
  for (const { changes } of steps.toReversed()) {
    const state = now?.part === changes.target.part ? now.state : await stateOf(changes);
    const problem = await undoing(run, undoOf(changes, state));
    if (problem !== null) return problem;
  }
  // The undo went back to the state before this part's write, which may differ from the state before the operation.
  for (const { changes, saved } of steps.slice(1)) {
    const state = await stateOf(changes);
    const problem = differenceFrom(undoOf(changes, state, saved), state);
    if (problem !== null) return problem;
  }
  return null;
}

async function undoing(run: Run, undo: PartChanges): Promise<TenantBackupError | null> {
  const { target } = undo;
  if (isDone(undo)) return null;
  await run.journal.note('rolling-back', { part: target.part });
  const failure = await write(run, undo);
  if (failure?.code === 'LOCK_LOST') return failure;
  try {
    const isEnough = (state: Json) => differenceFrom(undo, state) === null;
    const now = await exportWithNewTokens(run, target, isEnough);
    const problem = differenceFrom(undo, now);
    return problem && (failure ?? problem);
  } catch (error) {
    return failure ?? toTenantBackupError(error);
  }
}

/** @returns why writing ended early, if it did */
async function write({ operation, apis, lock }: Run, undo: PartChanges): Promise<TenantBackupError | null> {
  const { target } = undo;
  const part = partOf(target);
  try {
    for (const request of part.writesOf(undo, operation.enrolment.workspaces)) {
      await lock.confirm();
      // A new key: this is another request than the import, not its repetition.
      await part.write(target, request, apis, `${operation.operationId}-back`);
    }
    return null;
  } catch (error) {
    return toTenantBackupError(error);
  }
}

/** @returns why a part is not in its old state; null if it is */
function differenceFrom(undo: PartChanges, state: Json): TenantBackupError | null {
  const verification = partOf(undo.target).verify(undo, state);
  if (isVerified(verification)) return null;
  return new TenantBackupError('RESTORE_MISMATCH', `${verification.differences.length} objects still differ`);
}

const rollBackFailed = (failure: TenantBackupError, problem: TenantBackupError): TenantBackupError =>
  new TenantBackupError(
    'ROLLBACK_FAILED',
    `${failure.message}; the rollback failed: ${problem.message}`,
    { ...failure.facts, causedBy: failure.code, rollback: problem.code },
    { cause: failure },
  );

const SAY: Readonly<Record<Exclude<Outcome, 'restored'>, string>> = {
  untouched: 'nothing was written to the tenant',
  rolledBack: 'the tenant is in the state before, verified',
  leftAsIs: 'the tenant is neither in the state before nor in the target state',
  unknown: 'the tenant may be partly written',
};

/** Records how an operation failed.
 * @returns the error to throw: it says what the tenant is now, and how to go back */
export async function failOperation(
  { operation, journal }: Run,
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
      operationId: operation.operationId,
      outcome,
      ...(safetyBackup === undefined ? {} : { safetyBackup }),
    },
    { cause },
  );
  const recorded = await journal.end(outcome === 'rolledBack' ? 'rolled-back' : 'failed', {
    outcome,
    error: operationError(failure),
  });
  if (recorded) return failure;
  return new TenantBackupError(
    code,
    `${failure.message}; the ledger did not record this end, so status calls the operation interrupted`,
    { ...failure.facts, recorded },
    { cause },
  );
}
