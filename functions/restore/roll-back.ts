import { type ChangeSet, planChanges } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import { apply, type Sending } from './apply.ts';
import { endBadly } from './end-badly.ts';
import { exportSettled } from './export-settled.ts';
import { isProved, prove } from './proof.ts';
import type { Operation } from './work.ts';

/** A tenant that did not become what was promised. */
export interface Miscarriage {
  readonly before: Json;
  readonly now: Json;
  readonly changes: ChangeSet;
  readonly failure: TenantBackupError;
}

/** Put a tenant back to what it was before the operation, unless it is so already, or is to be left.
 * @returns the error to be thrown; its outcome is proved, or `unknown` */
export async function goBack(operation: Operation, miscarriage: Miscarriage): Promise<TenantBackupError> {
  const { before, now, changes, failure } = miscarriage;
  const undo = planUndo(before, now, changes);
  const send = prove(changes, now).lost.length > 0 ? 'everything' : operation.work.send;
  if (undo.isEmpty && isProved(prove(undo, now))) return endBadly(operation, failure, 'rolledBack');
  if (operation.work.onFailure === 'leave') return endBadly(operation, failure, 'leftAsIs');
  const problem = await undoing(operation, undo, now, send);
  return problem === null
    ? endBadly(operation, failure, 'rolledBack')
    : endBadly(operation, rollBackFailed(failure, problem), 'unknown');
}

/** What it takes to undo what an operation did, and nothing else. */
export function planUndo(before: Json, now: Json, changes: ChangeSet): ChangeSet {
  const touched = changes.changes
    .filter(({ kind }) => kind === 'created' || kind === 'updated' || kind === 'pruned')
    .map(({ pointer }) => pointer);
  // What somebody else changed or added meanwhile stays, unless it holds what the operation touched, or is in it. What is
  // gone was not deleted by anybody else, as far as we can tell.
  const isOthers = (place: string) =>
    !touched.some(
      (pointer) => pointer === place || pointer.startsWith(`${place}/`) || place.startsWith(`${pointer}/`),
    );
  const leaveOut = compareTrees(before, now)
    .differences.filter(({ kind, pointer }) => kind !== 'missing' && isOthers(pointer))
    .map(({ pointer }) => pointer);
  return planChanges(before, now, { mode: 'update', credentials: 'restore', prune: true, leaveOut });
}

/** @returns why the tenant is not as it was before; null if it is proved to be */
async function undoing(
  operation: Operation,
  undo: ChangeSet,
  live: Json,
  send: Sending,
): Promise<TenantBackupError | null> {
  const { work, tools, lock, journal } = operation;
  await journal.note('rolling-back');
  let failure: TenantBackupError | null = null;
  const isBack = (tree: Json) => isProved(prove(undo, tree));
  try {
    await apply(undo, live, {
      hub: work.hub,
      mode: 'update',
      send,
      // Another request than the import, not its repetition.
      idempotencyKey: `${work.operationId}-back`,
      before: () => lock.confirm(),
    });
  } catch (error) {
    failure = toTenantBackupError(error);
    if (failure.code === 'LOCK_LOST') return failure;
  }
  try {
    const now = await exportSettled(work.hub, tools.retryTools, isBack);
    if (isBack(now)) return null;
    const { differences } = prove(undo, now);
    return failure ?? new TenantBackupError('RESTORE_MISMATCH', `${differences.length} objects still differ`);
  } catch (error) {
    return failure ?? toTenantBackupError(error);
  }
}

const rollBackFailed = (failure: TenantBackupError, problem: TenantBackupError): TenantBackupError =>
  new TenantBackupError(
    'ROLLBACK_FAILED',
    `${failure.message}; the state before could not be put back: ${problem.message}`,
    { ...failure.facts, causedBy: failure.code, rollback: problem.code },
    { cause: failure },
  );
