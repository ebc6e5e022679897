import * as z from 'zod';
import { type ErrorCode, errorCodes, type Facts, type TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { type BackupRequest, parseBackupRequest } from './request.ts';

/** What the ledger holds of a backup that failed for good: `failures/<tenant>/<scheduledTime>.json`. */
export interface FailureRecord extends BackupRequest {
  /** RFC 3339 in UTC. */
  readonly failedAt: string;
  /** How often the request was delivered. */
  readonly deliveries: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Facts;
}

const failureSchema = z.object({
  tenant: z.string(),
  scheduledTime: z.string(),
  code: z.enum(errorCodes),
  message: z.string().max(10_000),
});

/** Judge what lies where the record of a failed backup should.
 * @returns null if it is no record, or that of another request */
export function parseFailure(
  document: unknown,
  { tenant, scheduledTime }: Pick<FailureRecord, 'tenant' | 'scheduledTime'>,
): Pick<FailureRecord, 'code' | 'message'> | null {
  const { data } = failureSchema.safeParse(document);
  return data?.tenant === tenant && data.scheduledTime === scheduledTime ? data : null;
}

/** Write down that a backup failed for good, so that the audit can tell a failed night from one without a request. Never
 * fails itself: the request still has to get to the dead-letter queue.
 * @param body of the queue message
 * @returns whether it is recorded; a message that names no tenant and time is not */
export async function recordFailure(
  body: string,
  { code, message, facts }: TenantBackupError,
  deliveries: number,
  { ledger, now }: Pick<Clients, 'ledger' | 'now'>,
): Promise<boolean> {
  try {
    const request = parseBackupRequest(body);
    const record: FailureRecord = {
      ...request,
      failedAt: now().toISOString(),
      deliveries,
      code,
      message,
      facts,
    };
    await ledger.write('failures', request.tenant, request.scheduledTime, record);
    return true;
  } catch {
    return false;
  }
}
