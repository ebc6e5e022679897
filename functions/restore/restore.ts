import type { Credentials } from '../config/credentials/credentials.ts';
import type { Json } from '../config/json/json-value.ts';
import { makePlan } from '../plan/plan.ts';
import { answerable } from '../plan/plan-answer.ts';
import type { PlannedChange } from '../plan/plan-document.ts';
import { requireSamePlan } from '../plan/same-plan.ts';
import { exportHub, exportState, parseState } from '../state/export-state.ts';
import { connectingUntil } from '../tenant/api/connecting-until.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import { LONGEST_LEASE_SECONDS, type LockHolder } from '../vault/storage/lock-reading.ts';
import type { TenantLock } from '../vault/storage/tenant-lock.client.ts';
import { hideCredentials } from './parts/hide-credentials.ts';
import { partOf } from './parts/parts.ts';
import { type PartReport, type RestoreReport, reportOf } from './parts/restore-report.ts';
import { openJournal } from './record/operation-journal.ts';
import { executeRestore } from './run/execute-restore.ts';
import { preparePatch, prepareRestore } from './source/prepare.ts';
import { preparePlanned } from './source/prepare-planned.ts';
import type { DumpRestoreRequest, PatchRequest, PlannedRequest, RestoreRequest } from './source/request.ts';
import { type Call, type Operation, type RestoreTools, UNBOUNDED } from './source/restore-plan.ts';
import { settleSending } from './source/settle-sending.ts';

export type { RestoreReport } from './parts/restore-report.ts';
export type { RestoreTools } from './source/restore-plan.ts';

/** A restore that was killed blocks others no longer than this. */
const LEASE = { seconds: LONGEST_LEASE_SECONDS, renewEverySeconds: 30 };

/** Restores a tenant, or a part of it, to a backup, or patches it. Opens and checks the backup, locks, plans, takes a safety
 * backup, imports, deletes if the request says so, exports again and compares. Rolls back if the comparison fails.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of opening; then nothing is written
 * @throws TENANT_LOCKED if another operation on the tenant runs; then nothing is written
 * @throws the errors of `executeRestore`, whose facts name operation, outcome and safety backup */
export async function restore(
  request: RestoreRequest | DumpRestoreRequest | PatchRequest | PlannedRequest,
  tools: RestoreTools,
  call: Call = UNBOUNDED,
): Promise<RestoreReport> {
  const bounded = connectingUntil(call.stop, tools);
  const operation = await settleSending(await prepare(request, bounded), bounded);
  const { enrolment, operationId } = operation;
  const apis = bounded.connect(enrolment, request.dryRun ? 'read' : 'manage', operationId);
  return request.dryRun ? preview(operation, apis, bounded) : underLock(operation, apis, bounded, call);
}

function prepare(
  request: RestoreRequest | DumpRestoreRequest | PatchRequest | PlannedRequest,
  tools: RestoreTools,
): Promise<Operation> {
  if ('patch' in request) return preparePatch(request, tools);
  return 'plan' in request ? preparePlanned(request, tools) : prepareRestore(request, tools);
}

/** Reports what an operation would change, with a token that cannot write.
 * @throws PLAN_STALE, PLAN_CHANGED, INVALID_REQUEST as the operation itself would */
async function preview(operation: Operation, apis: Tenant, tools: RestoreTools): Promise<RestoreReport> {
  const { plan } = operation;
  if (plan !== null) requireSamePlan(plan.document, await makePlan(plan.request, tools));
  const reports: (readonly [TenantPart, PartReport])[] = [];
  const changes: PlannedChange[] = [];
  for (const target of operation.targets) {
    const part = partOf(target);
    const { live, credentials } = await exportForShow(target.part, apis, tools);
    const planned = part.planChanges(target, live);
    part.requireAllowed(planned, operation);
    // Nothing was sent yet, so the tenant has overridden no member.
    const foreseen = part.verify({ ...planned, changes: { ...planned.changes, releases: null } }, live);
    reports.push([target.part, part.report(planned, foreseen)]);
    changes.push(...hideCredentials(part.shownChanges(planned), credentials));
  }
  return reportOf(operation, reports, null, answerable(changes));
}

/** Exports a part, and the credentials that no dry run may show. Only a patch can bring them to other places, and it is of the hub. */
async function exportForShow(
  part: TenantPart,
  apis: Tenant,
  { retryTools }: RestoreTools,
): Promise<{ readonly live: Json; readonly credentials: Credentials }> {
  if (part !== 'hub') return { live: await exportState(part, apis), credentials: {} };
  const { exported, credentials } = await exportHub(apis.hub, retryTools);
  return { live: parseState(part, exported), credentials };
}

/** Executes an operation under the tenant's lock, and records it.
 * @param tools those of `connectingUntil`
 * @throws TENANT_LOCKED, and the errors of `executeRestore` */
export async function underLock(
  operation: Operation,
  apis: Tenant,
  tools: RestoreTools,
  call: Call,
): Promise<RestoreReport> {
  const { operationId, tenant, requestedBy, request, targets, backup } = operation;
  return holdingLock({ tenant, operationId }, tools, call, async (lock) => {
    const journal = await openJournal(
      {
        operationId,
        operation: operation.operation,
        tenant,
        requestedBy,
        requestId: call.requestId,
        request,
        parts: targets.map(({ part }) => part),
        ...(backup && { backup }),
        ...(lock.passedOver !== null && { passedOver: [lock.passedOver] }),
      },
      tools,
      call.remainingMilliseconds,
    );
    return executeRestore({ operation, apis, tools, call, lock, journal });
  });
}

/** Runs work under a tenant's lock.
 * @throws TENANT_LOCKED, and the errors of the work */
export async function holdingLock<Result>(
  holder: LockHolder,
  tools: Pick<RestoreTools, 'tenantLocks' | 'now'>,
  call: Call,
  work: (lock: TenantLock) => Promise<Result>,
): Promise<Result> {
  const lock = await tools.tenantLocks.acquire(holder, { ...LEASE, now: tools.now });
  try {
    return await work(lock);
  } finally {
    // The tenant may still process the last request: leave the lock to its lease. The lease also ends a lock that cannot be
    // released.
    if (call.stop?.aborted) lock.leave();
    else await lock.giveBack().catch(() => {});
  }
}
