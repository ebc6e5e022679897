import * as z from 'zod';
import { selectionSchema } from '../config/select/selection.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { isTenantName } from '../vault/format/layout.ts';
import { backupDescription } from '../vault/format/manifest.ts';

/** How far another clock may be ahead of this one. */
const MAX_CLOCK_SKEW_MILLISECONDS = 60_000;

/** Refuses a time in the future.
 * @param field names it in the message
 * @throws INVALID_REQUEST */
export function requirePast(time: string | undefined, field: string, now: Date): void {
  if (time === undefined || Date.parse(time) <= now.getTime() + MAX_CLOCK_SKEW_MILLISECONDS) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${field} must not lie in the future (now ${now.toISOString()}), got "${time}"`,
  );
}

/** The name of a tenant's enrolment. */
export const tenantName = z
  .string()
  .refine(isTenantName, 'must be 1 to 63 lower-case letters, digits and inner hyphens');

/** A time in UTC, to the second: schedules are no finer, and a tag can hold it.
 * @example 2026-01-31T02:00:00Z */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => `${new Date(text).toISOString().slice(0, 19)}Z`);

/** The tiers that a request may name; `safety` belongs to restores. */
export const backupTier = z.enum(TIERS).exclude(['safety']);

/** Says that unchanged exports are not stored. Only schedules say so: a person who asks for a backup gets one. */
export const storeUnchanged = z.literal(false);

/** What a request asks to leave out, see `BackupLimits`. */
export const limitFields = {
  credentials: z.literal(false).optional(),
  selection: selectionSchema.optional(),
};

export const backupRequestSchema = z.strictObject({
  tenant: tenantName,
  /** The tier that keeps the backup. */
  tier: backupTier,
  /** The time of the backup. A second request for the same time finds the version of the first. */
  scheduledTime: instant,
  /** Goes into the manifest. The first request for a time decides. */
  description: backupDescription.optional(),
  ...limitFields,
  /** An export that equals the newest backup is recorded, and not stored again. @default - it is stored */
  storeUnchanged: storeUnchanged.optional(),
});

/** Requests a backup of one tenant for one time. Exists only because `parseBackupRequest` made it. */
export type BackupRequest = z.infer<typeof backupRequestSchema>;

/** Validates the body of a queue message.
 * @throws INVALID_REQUEST naming field and bound */
export function parseBackupRequest(body: string): BackupRequest {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new TenantBackupError('INVALID_REQUEST', 'backup request: must be a JSON object');
  }
  return parseInput(backupRequestSchema, value, 'backup request', 'INVALID_REQUEST');
}
