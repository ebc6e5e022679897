import * as z from 'zod';
import { type ErrorCode, errorCodes, type Facts, type TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { type BackupRequest, parseBackupRequest } from './request.ts';

/** The delivery at which a backup failed. */
export interface FailedTry {
  /** Number of deliveries of the request so far. */
  readonly deliveries: number;
  /** Maximum number of deliveries. */
  readonly maxDeliveries: number;
  /** When the queue delivers it again, RFC 3339 in UTC; null if the backup failed for good. */
  readonly retryAt: string | null;
}

/** The ledger's record of a failed backup: `failures/<tenant>/<scheduledTime>.json`. Each failed delivery overwrites it. */
export interface FailureRecord extends BackupRequest, FailedTry {
  /** Whether the failure is final. */
  readonly final: boolean;
  /** RFC 3339 in UTC. */
  readonly failedAt: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Facts;
}

const LONGEST_MESSAGE = 4096;

const count = z.int().min(1);
const reason = {
  tenant: z.string(),
  scheduledTime: z.iso.datetime(),
  code: z.enum(errorCodes),
  message: z.string().max(LONGEST_MESSAGE),
};

/** The members that readers need. A record says either that it is final or when the queue delivers again. */
export const failureSchema = z.discriminatedUnion('final', [
  z.object({ ...reason, final: z.literal(true) }),
  z.object({
    ...reason,
    final: z.literal(false),
    deliveries: count,
    maxDeliveries: count,
    retryAt: z.iso.datetime(),
  }),
]);

/** Validates a ledger entry as the record of a failed backup.
 * @returns null if it is not a record, or the record of another request */
export function parseFailure(
  document: unknown,
  { tenant, scheduledTime }: Pick<FailureRecord, 'tenant' | 'scheduledTime'>,
): z.infer<typeof failureSchema> | null {
  const { data } = failureSchema.safeParse(document);
  return data?.tenant === tenant && data.scheduledTime === scheduledTime ? data : null;
}

/** Records a failed delivery. People who wait for the backup see why, and the audit can tell a final failure from a missing
 * request. Never fails: the request must still reach its queue or the dead-letter queue.
 * @param body of the queue message
 * @returns whether the ledger has the record; it has none of a message without tenant and time */
export async function recordFailure(
  body: string,
  { code, message, facts }: TenantBackupError,
  failed: FailedTry,
  { ledger, now }: Pick<Clients, 'ledger' | 'now'>,
): Promise<boolean> {
  try {
    const request = parseBackupRequest(body);
    const record: FailureRecord = {
      ...request,
      final: failed.retryAt === null,
      failedAt: now().toISOString(),
      ...failed,
      code,
      message: message.slice(0, LONGEST_MESSAGE).toWellFormed(),
      facts,
    };
    await ledger.write('failures', request.tenant, request.scheduledTime, record);
    return true;
  } catch {
    return false;
  }
}
