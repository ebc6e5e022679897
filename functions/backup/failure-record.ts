import * as z from 'zod';
import { type ErrorCode, errorCodes, type Facts, type TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { type BackupRequest, parseBackupRequest } from './request.ts';

/** Where in the queue's tries a backup failed. */
export interface FailedTry {
  /** How often the request was delivered. */
  readonly deliveries: number;
  /** How often the queue delivers it at most. */
  readonly maxDeliveries: number;
  /** When the queue delivers it again, RFC 3339 in UTC; null if the backup failed for good. */
  readonly retryAt: string | null;
}

/** What the ledger holds of the last failed try of a backup: `failures/<tenant>/<scheduledTime>.json`. Each try writes it over the
 * one before. */
export interface FailureRecord extends BackupRequest, FailedTry {
  /** Whether it failed for good. */
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

/** What is read of such a record. One says that it is final, or when the queue tries again. */
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

/** Judge what lies where the record of a failed backup should.
 * @returns null if it is no record, or that of another request */
export function parseFailure(
  document: unknown,
  { tenant, scheduledTime }: Pick<FailureRecord, 'tenant' | 'scheduledTime'>,
): z.infer<typeof failureSchema> | null {
  const { data } = failureSchema.safeParse(document);
  return data?.tenant === tenant && data.scheduledTime === scheduledTime ? data : null;
}

/** Write down that a try of a backup failed: people who wait learn why, and the audit tells a night that failed for good from one
 * without a request. Never fails itself: the request still has to get back to its queue, or to the dead-letter queue.
 * @param body of the queue message
 * @returns whether it is recorded; a message that names no tenant and time is not */
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
