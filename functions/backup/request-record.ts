import * as z from 'zod';
import { mapLimited } from '../map-limited.ts';
import type { Clients } from '../runtime/clients.ts';
import { type BackupRequest, backupRequestSchema } from './request.ts';

/** The ledger's record of the last try of a request: `tries/<tenant>/<scheduledTime>.json`. Each delivery overwrites it. */
export interface TryRecord extends BackupRequest {
  /** RFC 3339 in UTC. */
  readonly startedAt: string;
  /** Number of deliveries of the request so far. */
  readonly deliveries: number;
  /** Maximum number of deliveries. */
  readonly maxDeliveries: number;
}

/** Writes of one dispatch that run at a time. */
const WRITES_AT_A_TIME = 20;

/** Records requests that name their tenants, as `requests/<tenant>/<scheduledTime>.json`: a person made them, and may ask for
 * them before their first try. Never fails: the queue already has them.
 * @returns whether the ledger has all of them */
export async function recordRequests(
  requests: readonly BackupRequest[],
  { ledger }: Pick<Clients, 'ledger'>,
): Promise<boolean> {
  const recorded = await mapLimited(requests, WRITES_AT_A_TIME, (request) =>
    ledger.write('requests', request.tenant, request.scheduledTime, request).then(isRecorded, isLost),
  );
  return recorded.every(Boolean);
}

/** Records the begin of a try. Never fails: a backup does not depend on its records.
 * @returns whether the ledger has the record */
export const recordTry = (
  request: BackupRequest,
  delivery: Pick<TryRecord, 'deliveries' | 'maxDeliveries'>,
  { ledger, now }: Pick<Clients, 'ledger' | 'now'>,
): Promise<boolean> => {
  const record: TryRecord = { ...request, startedAt: now().toISOString(), ...delivery };
  return ledger.write('tries', request.tenant, request.scheduledTime, record).then(isRecorded, isLost);
};

const isRecorded = (): boolean => true;
const isLost = (): boolean => false;

const requestRecord = z.object(backupRequestSchema.shape);

const tryRecord = requestRecord.extend({
  startedAt: z.iso.datetime(),
  deliveries: z.int().min(1),
  maxDeliveries: z.int().min(1),
});

/** Names the request of a ledger entry. */
type Named = Pick<BackupRequest, 'tenant' | 'scheduledTime'>;

/** Validates a ledger entry as the record of a request, or of its last try.
 * @returns null if it is not a record, or the record of another request */
export const parseRequestRecord = (document: unknown, named: Named): BackupRequest | null =>
  parseRecord(requestRecord, document, named);

/** Validates a ledger entry as the record of a try; mirror of `parseRequestRecord`. */
export const parseTry = (document: unknown, named: Named): TryRecord | null =>
  parseRecord(tryRecord, document, named);

function parseRecord<Output extends Named>(
  schema: z.ZodType<Output>,
  document: unknown,
  { tenant, scheduledTime }: Named,
): Output | null {
  const { data } = schema.safeParse(document);
  return data?.tenant === tenant && data.scheduledTime === scheduledTime ? data : null;
}
