import type { Json } from '../config/json-value.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import { endBadly } from './end-badly.ts';
import { lookSettled } from './look-settled.ts';
import type { PartPlan, PartWork, Undo } from './part.ts';
import type { Operation } from './work.ts';

/** What an operation does to one part. */
export interface Step {
  readonly part: PartWork;
  readonly plan: PartPlan;
  /** The part as the safety backup has it. */
  readonly saved: Json;
}

/** A tenant that did not become what was promised. */
export interface Miscarriage {
  /** What was written, or may have been, in that order. */
  readonly steps: readonly Step[];
  /** A part as it is now, as far as that is known. */
  readonly now: { readonly part: PartWork; readonly state: Json } | null;
  readonly failure: TenantBackupError;
}

/** Put a tenant back to what it was before the operation, unless it is so already, or is to be left.
 * @returns the error to be thrown; its outcome is proved, or `unknown` */
export async function goBack(operation: Operation, miscarriage: Miscarriage): Promise<TenantBackupError> {
  const { steps, now, failure } = miscarriage;
  const [only, another] = steps;
  // Where there is another part, the first one was written.
  if (only && !another && now && only.plan.undo(now.state).isDone) {
    return endBadly(operation, failure, 'rolledBack');
  }
  if (operation.work.onFailure === 'leave') return endBadly(operation, failure, 'leftAsIs');
  const problem = await undoAll(operation, steps, now).catch((error: unknown) => toTenantBackupError(error));
  return problem === null
    ? endBadly(operation, failure, 'rolledBack')
    : endBadly(operation, rollBackFailed(failure, problem), 'unknown');
}

/** Undo one part after the other, the last first: each is then as consistent with the others as it was.
 * @returns why the tenant is not as it was before; null if it is proved to be */
async function undoAll(
  operation: Operation,
  steps: readonly Step[],
  now: Miscarriage['now'],
): Promise<TenantBackupError | null> {
  for (const step of steps.toReversed()) {
    const state = now?.part === step.part ? now.state : await step.part.look();
    const problem = await undoing(operation, step, step.plan.undo(state));
    if (problem !== null) return problem;
  }
  // A part was undone to what it was when it was written, which is not yet what it was at first.
  for (const { part, plan, saved } of steps.slice(1)) {
    const state = await part.look();
    const undo = plan.undo(state, saved);
    if (!undo.isBack(state)) return stillDiffering(undo.differing(state));
  }
  return null;
}

async function undoing(operation: Operation, { part }: Step, undo: Undo): Promise<TenantBackupError | null> {
  const { work, tools, lock, journal } = operation;
  if (undo.isDone) return null;
  await journal.note('rolling-back', { part: part.part });
  let failure: TenantBackupError | null = null;
  try {
    await undo.write({
      // Another request than the import, not its repetition.
      idempotencyKey: `${work.operationId}-back`,
      before: () => lock.confirm(),
      confirm: () => lock.confirm(),
    });
  } catch (error) {
    failure = toTenantBackupError(error);
    if (failure.code === 'LOCK_LOST') return failure;
  }
  try {
    const now = await lookSettled(part, tools.retryTools, undo.isBack);
    return undo.isBack(now) ? null : (failure ?? stillDiffering(undo.differing(now)));
  } catch (error) {
    return failure ?? toTenantBackupError(error);
  }
}

const stillDiffering = (count: number): TenantBackupError =>
  new TenantBackupError('RESTORE_MISMATCH', `${count} objects still differ`);

const rollBackFailed = (failure: TenantBackupError, problem: TenantBackupError): TenantBackupError =>
  new TenantBackupError(
    'ROLLBACK_FAILED',
    `${failure.message}; the state before could not be put back: ${problem.message}`,
    { ...failure.facts, causedBy: failure.code, rollback: problem.code },
    { cause: failure },
  );
