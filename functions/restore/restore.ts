import type { TenantPart } from '../tenant/enrolment-schema.ts';
import { LONGEST_LEASE_SECONDS } from '../vault/lock-reading.ts';
import { carryOut } from './carry-out.ts';
import { openJournal } from './operation-journal.ts';
import type { PartReport } from './part-report.ts';
import { prepareRestore } from './prepare.ts';
import { preparePatch } from './prepare-patch.ts';
import { preparePlanned } from './prepare-planned.ts';
import type { DumpRestoreRequest, PatchRequest, PlannedRequest, RestoreRequest } from './request.ts';
import { type RestoreReport, reportOf } from './restore-report.ts';
import { type Call, type RestoreTools, UNBOUNDED, type Work } from './work.ts';

export type { RestoreReport } from './restore-report.ts';
export type { RestoreTools } from './work.ts';

/** A restore that was killed holds up others for no longer than this. */
const LEASE = { seconds: LONGEST_LEASE_SECONDS, renewEverySeconds: 30 };

/** Bring a tenant, or a part of it, back to a backup, or patch it: open and check the backup, lock, plan, save the present,
 * import, delete if asked to, export again, compare; and if that does not prove it, put back what was there before.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of opening; then nothing was written
 * @throws TENANT_LOCKED if another operation on the tenant is under way; then nothing was written
 * @throws every error of `carryOut`, whose facts name operation, outcome and safety backup */
export async function restore(
  request: RestoreRequest | DumpRestoreRequest | PatchRequest | PlannedRequest,
  tools: RestoreTools,
  call: Call = UNBOUNDED,
): Promise<RestoreReport> {
  const work = await prepare(request, untilStopped(tools, call));
  return request.dryRun ? preview(work) : underLock(work, tools, call);
}

/** Whatever talks to the tenant ends with the time that there is. */
export const untilStopped = (tools: RestoreTools, call: Call): RestoreTools => ({
  ...tools,
  connect: (enrolment, access, correlationId) => tools.connect(enrolment, access, correlationId, call.stop),
});

function prepare(
  request: RestoreRequest | DumpRestoreRequest | PatchRequest | PlannedRequest,
  tools: RestoreTools,
): Promise<Work> {
  if ('patch' in request) return preparePatch(request, tools);
  return 'plan' in request ? preparePlanned(request, tools) : prepareRestore(request, tools);
}

/** Say what an operation would change, with a token that cannot write.
 * @throws PLAN_STALE, PLAN_CHANGED, INVALID_REQUEST as the operation itself would */
async function preview(work: Work): Promise<RestoreReport> {
  await work.check?.();
  const reports: (readonly [TenantPart, PartReport])[] = [];
  for (const part of work.parts) {
    const live = await part.look();
    const plan = part.plan(live);
    plan.refuse();
    reports.push([part.part, plan.report(plan.foresee())]);
  }
  return reportOf(work, reports, null);
}

/** Do the work while nobody else may write to the tenant, on the record.
 * @throws TENANT_LOCKED, and the errors of `carryOut` */
export async function underLock(work: Work, tools: RestoreTools, call: Call): Promise<RestoreReport> {
  const { operationId, operation, tenant, requestedBy, request, parts, backup } = work;
  const lock = await tools.tenantLocks.acquire({ tenant, operationId }, { ...LEASE, now: tools.now });
  try {
    const journal = await openJournal(
      {
        operationId,
        operation,
        tenant,
        requestedBy,
        requestId: call.requestId,
        request,
        parts: parts.map(({ part }) => part),
        ...(backup && { backup }),
        ...(lock.passedOver !== null && { passedOver: [lock.passedOver] }),
      },
      tools.ledger,
      tools.now,
    );
    return await carryOut({ work, tools, call, lock, journal });
  } finally {
    // What was sent last may still be going on in the tenant: the lock then ends with its lease, as it does if it cannot be
    // given back.
    if (call.stop?.aborted) lock.leave();
    else await lock.giveBack().catch(() => {});
  }
}
