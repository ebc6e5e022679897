import { TenantBackupError } from '../errors.ts';
import { type Activity, type Advice, activityOf, adviseOn, outcomeOf } from '../restore/operation-advice.ts';
import type { OperationRecord, Outcome } from '../restore/record/operation.ts';
import { parseOperationRecord } from '../restore/record/operation-record.ts';
import type { Clients } from '../runtime/clients.ts';
import type { StatusRequest } from './request.ts';

export type OperationTools = Pick<Clients, 'ledger' | 'tenantLocks' | 'now'>;

/** Where an operation is, or how it ended. Ids, counts and times. */
export interface OperationStatus
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
  /** `interrupted`: its process was killed, or lost the lock; it does no more work. */
  readonly activity: Activity;
  /** Duration of the operation: until now if it is running, until its last record if it was interrupted. */
  readonly seconds: number;
  /** The state that it left the tenant in; null while it is running. */
  readonly outcome: Outcome | null;
  readonly next: Advice;
  /** The operation that holds the tenant's lock now, if it is another one. */
  readonly lockedBy: string | null;
  /** Keys of ledger entries that are not valid locks or records: they are ignored. */
  readonly passedOver: readonly string[];
}

/** Reports an operation on a tenant, from the ledger alone.
 * @throws OPERATION_NOT_FOUND */
export async function statusOfOperation(
  request: StatusRequest,
  tools: OperationTools,
): Promise<OperationStatus> {
  const { tenant } = request;
  // Read the lock first: if the operation ends in between, its record says so.
  const { lock, passedOver: noLock } = await tools.tenantLocks.read(tenant);
  const now = tools.now();
  const heldBy = lock !== null && new Date(lock.expiresAt) > now ? lock.operationId : null;
  const passedOver = new Set(noLock === null ? [] : [noLock]);
  const record = await recordOf(request, heldBy, passedOver, tools);
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
    passedOver: [...passedOver.union(new Set(record.passedOver))],
  };
}

/** Further invalid records add no information. */
const MOST_PASSED_OVER = 20;

/** @param heldBy the operation that runs now; it comes first
 * @param passedOver receives the keys of entries that are not records of operations on the tenant */
async function recordOf(
  { tenant, operationId }: StatusRequest,
  heldBy: string | null,
  passedOver: Set<string>,
  { ledger }: OperationTools,
): Promise<OperationRecord> {
  const read = async (id: string): Promise<OperationRecord | null> => {
    const entry = await ledger.read('operations', tenant, id);
    const record = entry && parseOperationRecord(entry.document, tenant, id);
    if (entry !== null && record === null) passedOver.add(`operations/${tenant}/${id}.json`);
    return record;
  };
  const named = operationId ?? heldBy;
  const found = named === null ? null : await read(named);
  if (found !== null) return found;
  // An operation that has just taken the lock has no record yet.
  const others = operationId === undefined ? await ledger.list('operations', tenant) : [];
  let newest: OperationRecord | null = null;
  let second = 0;
  for (const { id, writtenAt } of others.slice(0, MOST_PASSED_OVER)) {
    // S3 knows whole seconds; the records of one second tell their order.
    if (newest !== null && writtenAt.getTime() < second) break;
    const record = await read(id);
    if (record === null) continue;
    if (newest === null || lastPhaseAt(record) > lastPhaseAt(newest)) newest = record;
    second = writtenAt.getTime();
  }
  if (newest !== null) return newest;
  const ignored =
    passedOver.size === 0 ? '' : `; ignored, as not valid records: ${[...passedOver].join(', ')}`;
  throw new TenantBackupError(
    'OPERATION_NOT_FOUND',
    operationId === undefined
      ? `the ledger has no operation on tenant "${tenant}"${ignored}`
      : `operationId: the ledger has no operation ${operationId} on tenant "${tenant}": it wrote nothing, or its record has expired${ignored}`,
    { tenant },
  );
}

const lastPhaseAt = ({ phases }: OperationRecord): number => Date.parse(phases.at(-1)?.at ?? '');
