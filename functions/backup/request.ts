import * as z from 'zod';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { isTenantName } from '../vault/format/layout.ts';

/** How far another clock may be ahead of this one. */
const MAX_CLOCK_SKEW_MILLISECONDS = 60_000;

/** Refuses a time to come, of which there is no backup and no request yet.
 * @param field names it in the message
 * @throws INVALID_REQUEST */
export function requirePast(time: string | undefined, field: string, now: Date): void {
  if (time === undefined || Date.parse(time) <= now.getTime() + MAX_CLOCK_SKEW_MILLISECONDS) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${field} must not lie in the future (now ${now.toISOString()}), got "${time}"`,
  );
}

/** A tenant's name, as it is enrolled. */
export const tenantName = z
  .string()
  .refine(isTenantName, 'must be 1 to 63 lower-case letters, digits and inner hyphens');

/** A time in UTC, to the second: what a schedule can tell apart, and a tag can hold.
 * @example 2026-01-31T02:00:00Z */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => `${new Date(text).toISOString().slice(0, 19)}Z`);

/** The tiers that a backup may be asked for; `safety` belongs to restores. */
export const backupTier = z.enum(TIERS).exclude(['safety']);

const backupRequestSchema = z.strictObject({
  tenant: tenantName,
  /** Where the backup is kept. */
  tier: backupTier,
  /** The time that this is the backup of. A second request for the same time finds the first one's version. */
  scheduledTime: instant,
});

/** One tenant to back up for one time. Exists only because `parseBackupRequest` made it. */
export type BackupRequest = z.infer<typeof backupRequestSchema>;

/** Judge the body of a queue message.
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
