import type { ChangeSet } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import { toTenantBackupError } from '../defect.ts';
import type { TenantBackupError } from '../errors.ts';
import { apply } from './apply.ts';
import { endBadly } from './end-badly.ts';
import { exportLive, exportSettled } from './export-settled.ts';
import { mayHaveWritten, type OperationCounts } from './operation.ts';
import { isProved, type Proof, prove, unproved } from './proof.ts';
import { type RestoreReport, reportOf } from './restore-report.ts';
import { goBack } from './roll-back.ts';
import { saveState } from './save.ts';
import { requireTime } from './time.ts';
import type { Operation } from './work.ts';

/** Plan, save, write, prove. Begins with the lock held and its record opened, and leaves the record complete.
 * @throws CHANGE_IMPOSSIBLE, PRUNE_UNEXPECTED, OUT_OF_TIME and the errors of the safety backup: nothing
 * was written
 * @throws IMPORT_REFUSED, RESTORE_MISMATCH, ROLLBACK_FAILED, ... after writing: message and facts say what the tenant is now */
export async function carryOut(operation: Operation): Promise<RestoreReport> {
  const { changes, before } = await planAndSave(operation).catch(async (error: unknown) => {
    throw await endBadly(operation, toTenantBackupError(error), 'untouched');
  });
  const failure = await write(operation, changes, before);
  if (failure !== null && !mayHaveWritten(operation.journal.record)) {
    throw await endBadly(operation, failure, 'untouched');
  }
  // Whoever lost the lock, or the record, has nothing to say here any more.
  if (failure !== null && isTakenOver(failure)) throw await endBadly(operation, failure, 'unknown');

  // What counts is what is there, not what was answered.
  const now = await look(operation, changes).catch(async (error: unknown) => {
    throw await endBadly(operation, failure ?? toTenantBackupError(error), 'unknown');
  });
  const proof = prove(changes, now);
  if (isProved(proof)) return endWell(operation, changes, proof);
  throw await goBack(operation, { before, now, changes, failure: failure ?? unproved(proof) });
}

/** All that comes before the first write. */
async function planAndSave(operation: Operation): Promise<{ changes: ChangeSet; before: Json }> {
  const { work, tools, journal } = operation;
  const startedAt = tools.now();
  const live = await exportLive(work.hub);
  const planned = planOn(operation, live);
  await journal.enter('planned', { counts: countsOf(planned) });
  const before = await saveState(operation);
  // What was saved is what is written over: if somebody was faster, the plan is made anew.
  const isSame = compareTrees(live, before).differences.length === 0;
  const changes = isSame ? planned : planOn(operation, before);
  requireTime(operation, startedAt);
  return { changes, before };
}

function planOn({ work }: Operation, live: Json): ChangeSet {
  const changes = work.plan(live);
  work.judge(changes, live);
  return changes;
}

/** @returns why writing ended early, if it did */
async function write(
  operation: Operation,
  changes: ChangeSet,
  live: Json,
): Promise<TenantBackupError | null> {
  const { work, lock, journal } = operation;
  const creates = changes.changes.filter(({ kind }) => kind === 'created').map(({ pointer }) => pointer);
  const news = { counts: countsOf(changes), creates };
  try {
    await apply(changes, live, {
      hub: work.hub,
      mode: work.mode,
      send: work.send,
      idempotencyKey: work.operationId,
      before: async (phase) => {
        await lock.confirm();
        await journal.enter(phase, news);
      },
    });
    return null;
  } catch (error) {
    return toTenantBackupError(error);
  }
}

const isTakenOver = ({ code }: TenantBackupError): boolean =>
  code === 'LOCK_LOST' || code === 'ENTRY_CHANGED';

async function look({ work, tools, journal }: Operation, changes: ChangeSet): Promise<Json> {
  await journal.note('verifying');
  return exportSettled(work.hub, tools.retryTools, (tree) => isProved(prove(changes, tree)));
}

async function endWell(
  { work, journal }: Operation,
  changes: ChangeSet,
  proof: Proof,
): Promise<RestoreReport> {
  const { compared, equal } = proof;
  const counts = { ...countsOf(changes), compared, equal };
  await journal.note('verified', { outcome: 'restored', counts });
  return reportOf(work, changes, proof, journal.record.safetyBackup ?? null);
}

const countsOf = ({ counts }: ChangeSet): OperationCounts => ({
  created: counts.created ?? 0,
  updated: counts.updated ?? 0,
  deleted: counts.pruned ?? 0,
});
