import { exportForSafety, type SafetyExport, storeSafetyBackup } from '../../backup/take-safety-backup.ts';
import { sumCounts } from '../../config/change/sum-counts.ts';
import type { Json } from '../../config/json/json-value.ts';
import { toTenantBackupError } from '../../defect.ts';
import { TenantBackupError } from '../../errors.ts';
import { makePlan } from '../../plan/plan.ts';
import { requireSamePlan } from '../../plan/same-plan.ts';
import { exportState } from '../../state/export-state.ts';
import { partOf } from '../parts/parts.ts';
import { type RestoreReport, reportOf } from '../parts/restore-report.ts';
import { isVerified, type Verification, verificationError } from '../parts/verification.ts';
import { mayHaveWritten, type OperationCounts, type OperationProgress } from '../record/operation.ts';
import type { PartChanges, PartTarget, Run, Step } from '../source/restore-plan.ts';
import { beginWithNewTokens, exportWithNewTokens } from './new-tokens.ts';
import { failOperation, rollBack } from './roll-back.ts';

/** Plans, takes the safety backup, writes and verifies, one part after the other. Requires the lock and an open record, and
 * completes the record.
 * @throws CHANGE_IMPOSSIBLE, PRUNE_UNEXPECTED, OUT_OF_TIME, the errors of tokens and of the safety backup: nothing is written then
 * @throws IMPORT_REFUSED, RESTORE_MISMATCH, LOCKED_OUT, ROLLBACK_FAILED, ... after writing: message and facts say what the tenant is now */
export async function executeRestore(begun: Run): Promise<RestoreReport> {
  const failUntouched = async (error: unknown): Promise<never> => {
    throw await failOperation(begun, toTenantBackupError(error), 'untouched');
  };
  const run = await beginWithNewTokens(begun).catch(failUntouched);
  const planned = await planAndSave(run).catch(failUntouched);
  const steps: Step[] = [];
  const verifications: Verification[] = [];
  for (const each of planned) {
    const step = steps.length === 0 ? each : await planAgain(run, each, steps);
    steps.push(step);
    const failure = await write(run, step, steps);
    verifications.push(await verify(run, step, steps, failure));
  }
  // Verify the first parts again: the last write may have changed them.
  for (const [index, step] of steps.slice(0, -1).entries()) {
    verifications[index] = await verify(run, step, steps, null);
  }
  return completeOperation(run, steps, verifications);
}

/** Does all that comes before the first write. The safety backup is of the very export that the changes are planned on. */
async function planAndSave(run: Run): Promise<Step[]> {
  const { operation, tools, journal } = run;
  const startedAt = tools.now();
  const { plan } = operation;
  if (plan !== null) requireSamePlan(plan.document, await makePlan(plan.request, tools));
  const safety = await exportTenant(run);
  const steps = operation.targets.map((target): Step => {
    const saved = safety.exported.states.get(target.part) as Json;
    return { changes: planOn(run, target, saved), saved };
  });
  await journal.enter('planned', { counts: countsOf(steps.map(({ changes }) => changes)) });
  await journal.enter('saving');
  const { versionId } = await storeSafetyBackup(safety, tools);
  await journal.enter('saved', { safetyBackup: versionId });
  requireTimeLeft(run, startedAt);
  return steps;
}

function exportTenant({ operation, apis, tools }: Run): Promise<SafetyExport> {
  const { tenant, enrolment, targets } = operation;
  const scheduledTime = `${tools.now().toISOString().slice(0, 19)}Z`;
  return exportForSafety(
    { tenant, scheduledTime, enrolment, apis },
    new Set(targets.map(({ part }) => part)),
    tools,
  );
}

function planOn({ operation }: Run, target: PartTarget, live: Json): PartChanges {
  const part = partOf(target);
  const changes = part.planChanges(target, live);
  part.requireAllowed(changes, operation);
  part.requireWritable(changes);
  return changes;
}

/** The least time for a write, its verification and a rollback. */
const LEAST_MILLISECONDS = 45_000;

/** Writing and verifying take about twice as long as planning and the safety backup, and twice as long again if they fail. */
const AS_LONG_AGAIN = 4;

/** Requires, before the first write, enough time to finish: an operation that is killed leaves the tenant half written.
 * @param startedAt when the first export began
 * @throws OUT_OF_TIME */
function requireTimeLeft({ call, tools }: Run, startedAt: Date): void {
  const elapsed = tools.now().getTime() - startedAt.getTime();
  const needed = Math.max(LEAST_MILLISECONDS, elapsed * AS_LONG_AGAIN);
  const remaining = call.remainingMilliseconds();
  if (remaining >= needed) return;
  const [needs, has] = [needed, remaining].map((milliseconds) => Math.round(milliseconds / 1000));
  throw new TenantBackupError(
    'OUT_OF_TIME',
    `writing and verifying need at least ${needs} s, got ${has} s: raise restore.timeoutSeconds, or restore one part at a time`,
    { neededSeconds: needs ?? 0, remainingSeconds: has ?? 0 },
  );
}

/** Plans a part again after writes to others: they are views of the same tenant. */
async function planAgain(run: Run, { changes, saved }: Step, steps: readonly Step[]): Promise<Step> {
  const { target } = changes;
  try {
    return { changes: planOn(run, target, await exportState(target.part, run.apis)), saved };
  } catch (error) {
    const failure = toTenantBackupError(error);
    if (!mayHaveWritten(run.journal.record)) throw await failOperation(run, failure, 'untouched');
    throw await rollBack(run, { steps, now: null, failure });
  }
}

/** @param steps all so far, this one included
 * @returns why writing ended early, if it did */
async function write(run: Run, { changes }: Step, steps: readonly Step[]): Promise<TenantBackupError | null> {
  const { operation, apis, lock, journal } = run;
  const { target } = changes;
  const part = partOf(target);
  try {
    let entered: string | null = null;
    for (const request of part.writesOf(changes, operation.enrolment.workspaces)) {
      await lock.confirm();
      if (request.phase !== entered) await journal.enter(request.phase, progressOf(target, steps));
      entered = request.phase;
      await part.write(target, request, apis, operation.operationId);
    }
    return null;
  } catch (error) {
    const failure = toTenantBackupError(error);
    if (!mayHaveWritten(journal.record)) throw await failOperation(run, failure, 'untouched');
    // Another operation may write now: stop.
    if (isTakenOver(failure)) throw await failOperation(run, failure, 'unknown');
    return failure;
  }
}

const isTakenOver = ({ code }: TenantBackupError): boolean =>
  code === 'LOCK_LOST' || code === 'ENTRY_CHANGED';

/** Exports the part with new tokens and compares it with its target state, whatever the write returned.
 * @param steps all that were written
 * @param failure why writing ended early, if it did */
async function verify(
  run: Run,
  { changes }: Step,
  steps: readonly Step[],
  failure: TenantBackupError | null,
): Promise<Verification> {
  const { target } = changes;
  const part = partOf(target);
  await run.journal.note('verifying', { part: target.part });
  const isEnough = (state: Json) => isVerified(part.verify(changes, state));
  const state = await exportWithNewTokens(run, target, isEnough).catch(async (error: unknown) => {
    const problem = toTenantBackupError(error);
    if (problem.code === 'LOCKED_OUT') throw await rollBack(run, { steps, now: null, failure: problem });
    throw await failOperation(run, failure ?? problem, 'unknown');
  });
  const verification = part.verify(changes, state);
  if (isVerified(verification)) return verification;
  const now = { part: target.part, state };
  throw await rollBack(run, { steps, now, failure: failure ?? verificationError(verification, target.part) });
}

async function completeOperation(
  { operation, journal }: Run,
  steps: readonly Step[],
  verifications: readonly Verification[],
): Promise<RestoreReport> {
  const reports = steps.map(({ changes }, index) => {
    const { target } = changes;
    return [target.part, partOf(target).report(changes, verifications[index] as Verification)] as const;
  });
  const verified = reportOf(operation, reports, journal.record.safetyBackup ?? null);
  const { compared, equal } = verified;
  const counts = { ...countsOf(steps.map(({ changes }) => changes)), compared, equal };
  const recorded = await journal.end('verified', { outcome: 'restored', counts });
  return { ...verified, recorded };
}

/** Returns what the record says of the parts written so far, and of the next. */
function progressOf({ part }: PartTarget, steps: readonly Step[]): OperationProgress {
  const all = steps.map(({ changes }) => changes);
  const createdIn = (name: string) =>
    all.filter(({ target }) => target.part === name).flatMap(({ creates }) => creates);
  const [system, identity] = [createdIn('system'), createdIn('identity')];
  return {
    counts: countsOf(all),
    creates: createdIn('hub'),
    ...(system.length + identity.length > 0 && { createsBeside: { system, identity } }),
    part,
  };
}

function countsOf(planned: readonly PartChanges[]): OperationCounts {
  const counts = sumCounts(planned.map(({ changes }) => changes.counts));
  return { created: counts.created ?? 0, updated: counts.updated ?? 0, deleted: counts.pruned ?? 0 };
}
