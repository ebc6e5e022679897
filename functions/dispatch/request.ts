import * as z from 'zod';
import {
  backupTier,
  instant,
  limitFields,
  requirePast,
  storeUnchanged,
  tenantName,
} from '../backup/request.ts';
import { withWholeSelection } from '../config/select/selection.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import { manifestLimits } from '../state/limits.ts';
import { backupDescription } from '../vault/format/manifest.ts';

/** Most tenants that one request may name. */
export const MAX_NAMED_TENANTS = 1000;

const dispatchRequestSchema = z
  .strictObject({
    /** Back up every tenant whose tag names this schedule. */
    schedule: z.string().min(1).max(64).optional(),
    /** Back up these tenants, on any schedule or none. */
    tenants: z.array(tenantName).min(1).max(MAX_NAMED_TENANTS).optional(),
    tier: backupTier.default('manual'),
    scheduledTime: instant,
    description: backupDescription.optional(),
    /** Leave out credentials, or all but a selection, from backups of named tenants. */
    ...limitFields,
    /** Spread the tenants over this many minutes; SQS limits the delay of a message. */
    spreadMinutes: z.int().min(0).max(15).default(0),
    /** See `BackupRequest`. */
    storeUnchanged: storeUnchanged.optional(),
  })
  .refine(({ schedule, storeUnchanged: stored }) => stored === undefined || schedule !== undefined, {
    path: ['storeUnchanged'],
    message: 'must be given with a schedule alone',
  })
  .refine(
    ({ tenants, tier, credentials, selection }) =>
      (credentials ?? selection) === undefined || (tenants !== undefined && tier === 'manual'),
    { message: 'credentials and selection must be given with tenants and tier manual alone' },
  )
  .refine(({ schedule, tenants }) => (schedule === undefined) !== (tenants === undefined), {
    message: 'either schedule or tenants must be given',
  });

/** EventBridge delivers an event for a day. A backup for an earlier time would take the place of one of that time. */
const OLDEST_HOURS = 24;

/** @throws INVALID_REQUEST */
function requireRecent(time: string, now: Date): void {
  if (now.getTime() - Date.parse(time) <= OLDEST_HOURS * 3_600_000) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `dispatch request: scheduledTime must be at most ${OLDEST_HOURS} hours old (now ${now.toISOString()}), got "${time}"`,
  );
}

/** Refuses what no manifest can hold: the person who asks is told, instead of a queue.
 * @throws INVALID_REQUEST */
function requireLimits({ credentials, selection }: DispatchRequest): void {
  if (credentials === undefined && selection === undefined) return;
  manifestLimits({ by: 'request', withoutCredentials: credentials === false, selection });
}

/** Names the tenants to back up, and the time. */
export type DispatchRequest = z.infer<typeof dispatchRequestSchema>;

/** Validates the event of a schedule, or of a person who invokes the function.
 * @param now the scheduled time of a request that has none
 * @throws INVALID_REQUEST naming field and bound */
export function parseDispatchRequest(event: unknown, now: Date): DispatchRequest {
  const isObject = typeof event === 'object' && event !== null && !Array.isArray(event);
  const dated = isObject ? withWholeSelection({ scheduledTime: now.toISOString(), ...event }) : event;
  const request = parseInput(dispatchRequestSchema, dated, 'dispatch request', 'INVALID_REQUEST');
  // A repeated request looks for its backup among those stored after its time, which a future time would hide.
  requirePast(request.scheduledTime, 'dispatch request: scheduledTime', now);
  requireRecent(request.scheduledTime, now);
  requireLimits(request);
  return request;
}
