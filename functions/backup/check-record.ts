import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../config/json/canonical-json.ts';
import type { Json } from '../config/json/json-value.ts';
import { TIERS } from '../runtime/names.ts';
import { versionIdSchema } from '../vault/format/layout.ts';
import { type BackupRequest, instant, tenantName } from './request.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const contentSchema = z.strictObject({
  tenant: tenantName,
  tier: z.enum(TIERS),
  /** The time that the check is for. */
  scheduledTime: instant,
  /** When its export began, RFC 3339 in UTC. */
  checkedAt: z.iso.datetime(),
  /** The version that the tenant equals. */
  versionId: versionIdSchema,
  /** The time that this version is for. */
  storedFor: instant,
  /** By part, and of what else shapes a backup. */
  digests: z.record(z.string(), digest),
});

const recordSchema = contentSchema.extend({ mac: digest });

/** What a check found: the tenant equals a version. */
export type Check = z.infer<typeof contentSchema>;

/** The ledger's record of the last check of a tenant: `checks/<tenant>/<tier>.json`. Each check overwrites it. */
export type CheckRecord = z.infer<typeof recordSchema>;

/** Authenticates a check, so that no other writer of the ledger can keep a backup from being stored.
 * @param key 32 bytes, the tenant's own */
export const checkRecord = (check: Check, key: Uint8Array): CheckRecord => ({
  ...check,
  mac: macOf(check, key).toString('hex'),
});

/** Validates a ledger entry as the record of the last check of a tenant and tier, for readers without the tenant's key.
 * @returns null for any other document */
export function parseCheckRecord(
  document: unknown,
  { tenant, tier }: Pick<Check, 'tenant' | 'tier'>,
): CheckRecord | null {
  const { data } = recordSchema.safeParse(document);
  return data?.tenant === tenant && data.tier === tier ? data : null;
}

/** Validates a ledger entry as `parseCheckRecord` does, and authenticates it.
 * @returns null for any other document: then the backup is stored */
export function verifyCheckRecord(
  document: unknown,
  request: Pick<BackupRequest, 'tenant' | 'tier'>,
  key: Uint8Array,
): Check | null {
  const record = parseCheckRecord(document, request);
  if (record === null) return null;
  const { mac, ...check } = record;
  return timingSafeEqual(Buffer.from(mac, 'hex'), macOf(check, key)) ? check : null;
}

/** Begins unlike the message of any fingerprint or digest. */
const LABEL = 'tenant-backup check v1';

const macOf = (check: Check, key: Uint8Array): Buffer =>
  createHmac('sha256', createSecretKey(key))
    .update(`${LABEL}\n${canonicalJson(check as Json)}`)
    .digest();

/** Digests what shapes a backup beside the tenant: another key, another issuer or another release makes another backup.
 * @param key 32 bytes, the tenant's own */
export const settingsDigest = (settings: Readonly<Record<string, Json>>, key: Uint8Array): string =>
  createHmac('sha256', createSecretKey(key))
    .update(`tenant-backup settings v1\n${canonicalJson(settings)}`)
    .digest('hex');
