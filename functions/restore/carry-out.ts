import type { Json } from '../config/json-value.ts';
import { toTenantBackupError } from '../defect.ts';
import type { TenantBackupError } from '../errors.ts';
import { endBadly } from './end-badly.ts';
import { lookSettled } from './look-settled.ts';
import { mayHaveWritten, type OperationCounts, type OperationNews } from './operation.ts';
import type { PartPlan, PartWork } from './part.ts';
import { sumCounts } from './part-report.ts';
import { isProved, type Proof } from './proof.ts';
import { type RestoreReport, reportOf } from './restore-report.ts';
import { goBack, type Step } from './roll-back.ts';
import { saveState } from './save.ts';
import { requireTime } from './time.ts';
import type { Operation } from './work.ts';

/** Plan, save, write, prove; where it is about several parts, one after the other. Begins with the lock held and its record
 * opened, and leaves the record complete.
 * @throws CHANGE_IMPOSSIBLE, PRUNE_UNEXPECTED, OUT_OF_TIME and the errors of the safety backup: nothing
 * was written
 * @throws IMPORT_REFUSED, RESTORE_MISMATCH, ROLLBACK_FAILED, ... after writing: message and facts say what the tenant is now */
export async function carryOut(operation: Operation): Promise<RestoreReport> {
  const planned = await planAndSave(operation).catch(async (error: unknown) => {
    throw await endBadly(operation, toTenantBackupError(error), 'untouched');
  });
  const steps: Step[] = [];
  const proofs: Proof[] = [];
  for (const each of planned) {
    const step = steps.length === 0 ? each : await planAnew(operation, each, steps);
    proofs.push(await carryOutPart(operation, step, [...steps, step]));
    steps.push(step);
  }
  // What was written last may have changed what was proved first.
  for (const [index, step] of steps.slice(0, -1).entries()) {
    proofs[index] = await proveAgain(operation, step, steps);
  }
  return endWell(operation, steps, proofs);
}

/** All that comes before the first write. */
async function planAndSave(operation: Operation): Promise<Step[]> {
  const { work, tools, journal } = operation;
  const startedAt = tools.now();
  await work.check?.();
  const lives: Json[] = [];
  for (const part of work.parts) lives.push(await part.look());
  const plans = work.parts.map((part, index) => planOn(part, lives[index] as Json));
  await journal.enter('planned', { counts: countsOf(plans) });
  const saved = await saveState(operation);
  const steps = work.parts.map((part, index): Step => {
    const [live, before] = [lives[index] as Json, saved[index] as Json];
    if (part.isSame(live, before)) return { part, plan: plans[index] as PartPlan, saved: live };
    // What was saved is what is written over: if somebody was faster, the plan is made again.
    return { part, plan: planOn(part, before), saved: before };
  });
  requireTime(operation, startedAt);
  return steps;
}

function planOn(part: PartWork, live: Json): PartPlan {
  const plan = part.plan(live);
  plan.refuse();
  plan.judge();
  return plan;
}

/** What was written to other parts has changed this one, too: they are views of the same tenant. */
async function planAnew(operation: Operation, { part, saved }: Step, steps: readonly Step[]): Promise<Step> {
  try {
    return { part, plan: planOn(part, await part.look()), saved };
  } catch (error) {
    const failure = toTenantBackupError(error);
    if (!mayHaveWritten(operation.journal.record)) throw await endBadly(operation, failure, 'untouched');
    throw await goBack(operation, { steps, now: null, failure });
  }
}

/** @param steps all so far, this one included */
async function carryOutPart(operation: Operation, step: Step, steps: readonly Step[]): Promise<Proof> {
  const { part, plan } = step;
  const failure = await write(operation, step, steps);
  if (failure !== null && !mayHaveWritten(operation.journal.record)) {
    throw await endBadly(operation, failure, 'untouched');
  }
  // Whoever lost the lock, or the record, has nothing to say here any more.
  if (failure !== null && isTakenOver(failure)) throw await endBadly(operation, failure, 'unknown');

  // What counts is what is there, not what was answered.
  const now = await look(operation, step).catch(async (error: unknown) => {
    throw await endBadly(operation, failure ?? toTenantBackupError(error), 'unknown');
  });
  const proof = plan.prove(now);
  if (isProved(proof)) return proof;
  throw await goBack(operation, {
    steps,
    now: { part, state: now },
    failure: failure ?? plan.unproved(proof),
  });
}

/** @returns why writing ended early, if it did */
async function write(
  { work, lock, journal }: Operation,
  { part, plan }: Step,
  steps: readonly Step[],
): Promise<TenantBackupError | null> {
  try {
    await plan.write({
      idempotencyKey: work.operationId,
      before: async (phase) => {
        await lock.confirm();
        await journal.enter(phase, { ...newsOf(steps), part: part.part });
      },
      confirm: () => lock.confirm(),
    });
    return null;
  } catch (error) {
    return toTenantBackupError(error);
  }
}

const isTakenOver = ({ code }: TenantBackupError): boolean =>
  code === 'LOCK_LOST' || code === 'ENTRY_CHANGED';

async function look({ tools, journal }: Operation, { part, plan }: Step): Promise<Json> {
  await journal.note('verifying', { part: part.part });
  return lookSettled(part, tools.retryTools, (state) => isProved(plan.prove(state)));
}

async function proveAgain(operation: Operation, step: Step, steps: readonly Step[]): Promise<Proof> {
  const { part, plan } = step;
  const now = await look(operation, step).catch(async (error: unknown) => {
    throw await endBadly(operation, toTenantBackupError(error), 'unknown');
  });
  const proof = plan.prove(now);
  if (isProved(proof)) return proof;
  throw await goBack(operation, { steps, now: { part, state: now }, failure: plan.unproved(proof) });
}

async function endWell(
  { work, journal }: Operation,
  steps: readonly Step[],
  proofs: readonly Proof[],
): Promise<RestoreReport> {
  const reports = steps.map(
    ({ part, plan }, index) => [part.part, plan.report(proofs[index] as Proof)] as const,
  );
  const report = reportOf(work, reports, journal.record.safetyBackup ?? null);
  const { compared, equal } = report;
  const counts = { ...countsOf(steps.map(({ plan }) => plan)), compared, equal };
  await journal.note('verified', { outcome: 'restored', counts });
  return report;
}

/** What the record says of the parts that were, or are about to be, written. */
function newsOf(steps: readonly Step[]): OperationNews {
  const createdIn = (name: string) =>
    steps.filter(({ part }) => part.part === name).flatMap(({ plan }) => plan.creates);
  const [system, identity] = [createdIn('system'), createdIn('identity')];
  return {
    counts: countsOf(steps.map(({ plan }) => plan)),
    creates: createdIn('hub'),
    ...(system.length + identity.length > 0 && { createsBeside: { system, identity } }),
  };
}

function countsOf(plans: readonly PartPlan[]): OperationCounts {
  const counts = sumCounts(plans.map((plan) => plan.counts));
  return { created: counts.created ?? 0, updated: counts.updated ?? 0, deleted: counts.pruned ?? 0 };
}
