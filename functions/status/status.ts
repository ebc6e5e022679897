import { TenantBackupError } from '../errors.ts';
import type { OperationRecord, Outcome } from '../restore/operation.ts';
import { type Activity, type Advice, activityOf, adviseOn, outcomeOf } from '../restore/operation-advice.ts';
import type { Clients } from '../runtime/clients.ts';
import type { StatusRequest } from './request.ts';

export type StatusTools = Pick<Clients, 'ledger' | 'tenantLocks' | 'now'>;

/** Where an operation is, or how it ended. Ids, counts and times. */
export interface StatusReport
  extends Pick<
    OperationRecord,
    | 'operationId'
    | 'operation'
    | 'tenant'
    | 'phase'
    | 'phases'
    | 'requestedBy'
    | 'requestId'
    | 'parts'
    | 'backup'
    | 'safetyBackup'
    | 'counts'
    | 'error'
  > {
  /** `interrupted`: its process was killed, or lost the lock; nothing goes on any more. */
  readonly activity: Activity;
  /** How long it took; up to now, if it is still running; up to its last sign, if it was interrupted. */
  readonly seconds: number;
  /** In which state it left the tenant; null while it is running. */
  readonly outcome: Outcome | null;
  readonly next: Advice;
  /** The operation that holds the tenant's lock now, if it is another one. */
  readonly lockedBy: string | null;
}

/** Tell of an operation on a tenant, from the ledger alone.
 * @throws OPERATION_NOT_FOUND */
export async function status(request: StatusRequest, tools: StatusTools): Promise<StatusReport> {
  const { tenant } = request;
  // The lock first: an operation that ends in between is then told by its record as ended.
  const lock = await tools.tenantLocks.read(tenant);
  const now = tools.now();
  const heldBy = lock !== null && new Date(lock.expiresAt) > now ? lock.operationId : null;
  const record = await recordOf(request, heldBy, tools);
  const activity = activityOf(record, heldBy);
  const [start, last] = [record.phases[0], record.phases.at(-1)].map((entry) => Date.parse(entry?.at ?? ''));
  const end = activity === 'running' ? now.getTime() : (last ?? 0);
  const { creates: _, createsBeside: _b, request: __, outcome: ___, ...told } = record;
  return {
    ...told,
    activity,
    seconds: Math.round((end - (start ?? 0)) / 1000),
    outcome: activity === 'running' ? null : outcomeOf(record),
    next: adviseOn(record, activity),
    lockedBy: heldBy === record.operationId ? null : heldBy,
  };
}

/** @param heldBy named first: it is what is going on */
async function recordOf(
  { tenant, operationId }: StatusRequest,
  heldBy: string | null,
  { ledger }: StatusTools,
): Promise<OperationRecord> {
  const read = async (id: string) => (await ledger.read('operations', tenant, id))?.document;
  // Whoever has just taken the lock has not written anything down yet.
  let found = operationId === undefined ? heldBy && (await read(heldBy)) : await read(operationId);
  if (!found && operationId === undefined) {
    const [newest] = await ledger.list('operations', tenant);
    found = newest && (await read(newest.id));
  }
  if (found) return found as OperationRecord;
  throw new TenantBackupError(
    'OPERATION_NOT_FOUND',
    operationId === undefined
      ? `the ledger knows of no operation on tenant "${tenant}"`
      : `operationId: the ledger knows of no operation ${operationId} on tenant "${tenant}": it has written nothing, or its record has expired`,
    { tenant },
  );
}
