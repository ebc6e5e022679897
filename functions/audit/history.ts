/** What the audit remembers of each tenant, so that no backup is opened twice and nights outlive their backups. */
import * as z from 'zod';
import { TIERS } from '../runtime/names.ts';
import { missingDocuments } from '../vault/format/documents.ts';
import type { Manifest } from '../vault/format/manifest.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import type { LedgerEvent } from './ledger-events.ts';

const HISTORY_VERSION = 1;

/** How long the nights of a tenant are remembered, in days. */
export const HISTORY_DAYS = 100;

const count = z.int().min(0);
const counts = z.record(z.string(), count);
const time = z.iso.datetime();

const changeSchema = z.strictObject({
  /** Version that it was compared with. */
  from: z.string(),
  /** Objects that were compared. */
  compared: count,
  added: count,
  removed: count,
  changed: count,
  /** Credentials that are others, came or went: told by their fingerprints. Null if these cannot be compared. */
  secrets: count.nullable(),
  /** The first objects that differ. No values: names of objects and of their properties only. */
  differences: z.array(
    z.strictObject({
      kind: z.enum(['added', 'removed', 'changed']),
      type: z.string(),
      /** JSON Pointer of the object. */
      at: z.string(),
      /** Of a changed object, below it. */
      properties: z.array(z.string()),
      /** How many of its credentials are others. */
      secrets: count,
    }),
  ),
});

const recordSchema = z.strictObject({
  tier: z.enum(TIERS),
  versionId: z.string(),
  etag: z.string(),
  storedAt: time,
  sizeBytes: count,
  /** It is not in the vault any more. */
  gone: z.boolean(),
  /** - `unopened`: not judged yet
   * - `ok`: manifest, digests, seals and counts are right, and the configuration opens
   * - `broken`: something is not as it must be
   * - `archived`: moved to a storage class that S3 gives back only after hours */
  verdict: z.enum(['unopened', 'ok', 'broken', 'archived']),
  problem: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  /** What the manifest says; null as long as it was not read. */
  manifest: z
    .strictObject({
      backupId: z.string(),
      scheduledTime: z.string(),
      tier: z.enum(TIERS),
      previous: z.strictObject({ versionId: z.string(), etag: z.string() }).nullable(),
      /** When S3 took the backup that this one was sealed anew from. */
      resealedFrom: z.string().nullable(),
      /** KMS keys that open its parts. */
      keys: z.array(z.string()),
      escrow: z.boolean(),
      objects: counts,
      credentials: count,
      warnings: counts,
    })
    .nullable(),
  /** What changed since the backup before; null if that was not compared. */
  change: changeSchema.nullable(),
});

const historySchema = z.strictObject({
  formatVersion: z.literal(HISTORY_VERSION),
  tenant: z.string(),
  versions: z.array(recordSchema),
  /** Backups that failed for good, the latest first. */
  failures: z.array(z.strictObject({ scheduledTime: time, code: z.string(), message: z.string() })),
  /** Restores, patches and drills, the latest first. */
  events: z.array(
    z.strictObject({
      kind: z.enum(['restore', 'patch', 'drill']),
      id: z.string(),
      at: time,
      /** Whether it was proved; null as long as nothing was written down of its end. */
      ok: z.boolean().nullable(),
      code: z.string().nullable(),
      /** Whether the tenant may have been written to. @default - it may */
      wrote: z.boolean().optional(),
    }),
  ),
});

export type VersionRecord = z.infer<typeof recordSchema>;
export type NightChange = z.infer<typeof changeSchema>;
export type OperationEvent = TenantHistory['events'][number];

/** One tenant's backups, kept and recently gone, newest first. */
export type TenantHistory = z.infer<typeof historySchema>;

/** @returns null for what is no history of this release: the audit then begins anew, which costs time and nothing else */
export function parseHistory(value: unknown, tenant: string): TenantHistory | null {
  const parsed = historySchema.safeParse(value);
  return parsed.success && parsed.data.tenant === tenant ? parsed.data : null;
}

/** Bring a history up to what S3 lists now.
 * @param listed every version of the tenant's archives
 * @param newEvents of the tenant since the audit before; what is known already is replaced
 * @returns new versions as `unopened`, absent ones as `gone`, and those that are gone for long left out */
export function updateHistory(
  tenant: string,
  known: TenantHistory | null,
  listed: readonly VaultVersion[],
  newEvents: readonly LedgerEvent[],
  now: Date,
): TenantHistory {
  const records = new Map(known?.versions.map((record) => [keyOf(record), record]));
  const present = listed.map((version): VersionRecord => {
    const record = records.get(keyOf(version));
    records.delete(keyOf(version));
    if (record && record.etag === version.etag) return { ...record, gone: false };
    return {
      tier: version.tier,
      versionId: version.versionId,
      etag: version.etag,
      storedAt: version.storedAt.toISOString(),
      sizeBytes: version.sizeBytes,
      gone: false,
      verdict: 'unopened',
      problem: null,
      manifest: null,
      change: null,
    };
  });
  const oldest = now.getTime() - HISTORY_DAYS * 86_400_000;
  const gone = [...records.values()]
    .filter(({ storedAt }) => Date.parse(storedAt) >= oldest)
    .map((record) => ({ ...record, gone: true }));
  const versions = [...present, ...gone].sort((a, b) => Date.parse(b.storedAt) - Date.parse(a.storedAt));
  const failures = new Map(known?.failures.map((failure) => [failure.scheduledTime, failure]));
  const events = new Map(known?.events.map((event) => [event.id, event]));
  for (const { tenant: _, ...item } of newEvents) {
    if (item.kind === 'failure') {
      const { scheduledTime, code, message } = item;
      failures.set(scheduledTime, { scheduledTime, code, message });
    } else events.set(item.id, item);
  }
  const isRecent = (at: string): boolean => Date.parse(at) >= oldest;
  const descending = (a: string, b: string): number => Date.parse(b) - Date.parse(a);
  return {
    formatVersion: HISTORY_VERSION,
    tenant,
    versions,
    failures: [...failures.values()]
      .filter(({ scheduledTime }) => isRecent(scheduledTime))
      .sort((a, b) => descending(a.scheduledTime, b.scheduledTime)),
    events: [...events.values()].filter(({ at }) => isRecent(at)).sort((a, b) => descending(a.at, b.at)),
  };
}

const keyOf = ({ tier, versionId }: { tier: string; versionId: string }): string => `${tier} ${versionId}`;

/** Copies of a backup in longer-lived tiers have the same bytes: what S3 has summed up alike is opened once.
 * @returns the record of the same tenant that was judged and has the same content */
export const sameContent = ({ versions }: TenantHistory, record: VersionRecord): VersionRecord | undefined =>
  versions.find(
    (other) =>
      other !== record &&
      other.etag === record.etag &&
      other.sizeBytes === record.sizeBytes &&
      (other.verdict === 'ok' || other.verdict === 'broken'),
  );

/** What is remembered of a manifest. */
export const manifestRecord = (manifest: Manifest): NonNullable<VersionRecord['manifest']> => ({
  backupId: manifest.backupId,
  scheduledTime: manifest.scheduledTime,
  tier: manifest.tier,
  previous: manifest.previous,
  resealedFrom: manifest.resealed?.storedAt ?? null,
  keys: [
    ...new Set(
      manifest.parts.flatMap(({ recipients }) =>
        recipients.flatMap((recipient) => (recipient.type === 'kms' ? [recipient.keyArn] : [])),
      ),
    ),
  ],
  escrow: manifest.parts.every(({ recipients }) => recipients.some(({ type }) => type === 'escrow')),
  objects: manifest.objects,
  credentials: Object.values(manifest.credentials).reduce((sum, each) => sum + each, 0),
  warnings: manifest.warnings,
});

/** Lambda ends every invocation after so long, and each operation is one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_OPERATION_MILLISECONDS = 15 * 60_000;

/** Tells of a restore, patch or drill that began and never wrote down its end, whether it was killed: nothing goes on any
 * more. */
export const isInterrupted = ({ ok, at }: Pick<OperationEvent, 'ok' | 'at'>, now: Date): boolean =>
  ok === null && now.getTime() - Date.parse(at) > LONGEST_OPERATION_MILLISECONDS;

/** When the state that a backup holds was taken: a backup that was sealed anew is as old as the one before it. */
export const takenAt = ({ storedAt, manifest }: VersionRecord): Date =>
  new Date(manifest?.resealedFrom ?? storedAt);

/** Whether a backup holds all parts that it was to hold, as far as it was read. */
export const isWhole = ({ manifest }: VersionRecord): boolean =>
  manifest === null || missingDocuments(manifest).length === 0;

/** Whole backups of the tenant's own nights: neither made by restores, nor copies of others in another tier. */
export const isNight = (record: VersionRecord): boolean =>
  record.tier !== 'safety' &&
  (record.manifest === null || record.manifest.tier === record.tier) &&
  isWhole(record);

export const objectsOfRecord = ({ manifest }: VersionRecord): number =>
  Object.values(manifest?.objects ?? {}).reduce((sum, each) => sum + each, 0);
