/** The audit's history of each tenant. It saves opening a backup twice, and shows nights whose backups have expired. */
import * as z from 'zod';
import { TIERS } from '../runtime/names.ts';
import { sha256Hex } from '../vault/format/archive.ts';
import { extentOf } from '../vault/format/extent.ts';
import { contentTime, type Manifest } from '../vault/format/manifest.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import type { LedgerEvent } from './ledger-events.ts';

const HISTORY_VERSION = 1;

/** Number of days that a history keeps. */
export const HISTORY_DAYS = 100;

const count = z.int().min(0);
const counts = z.record(z.string(), count);
const time = z.iso.datetime();

const changeSchema = z.strictObject({
  /** Version id of the previous backup, which it was compared with. */
  from: z.string(),
  /** Number of compared objects. */
  compared: count,
  added: count,
  removed: count,
  changed: count,
  /** Number of credentials that were changed, added or removed, by fingerprint; null if the fingerprint keys differ. */
  secrets: count.nullable(),
  /** Number of these that have another value at their place; null if the fingerprint keys differ. */
  replaced: count.nullable().default(0),
  /** Number of credentials that are missing from objects that are otherwise unchanged. */
  missing: count,
  /** The first objects that differ: names of objects and properties, never values. */
  differences: z.array(
    z.strictObject({
      kind: z.enum(['added', 'removed', 'changed']),
      type: z.string(),
      /** JSON Pointer of the object. */
      at: z.string(),
      /** JSON Pointers of changed properties, relative to the object. */
      properties: z.array(z.string()),
      /** Number of its changed credentials. */
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
  /** Whether the vault no longer has the version. */
  gone: z.boolean(),
  /** - `unopened`: no audit has assessed it yet
   * - `ok`: manifest, digests, seals and counts verify, and the configuration opens
   * - `broken`: a check failed
   * - `archived`: the version is in a storage class from which S3 takes hours to restore it */
  verdict: z.enum(['unopened', 'ok', 'broken', 'archived']),
  problem: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  /** Who uploaded it, if it holds bytes that were stored before. */
  uploadedBy: z.string().nullable().default(null),
  /** Excerpt of the manifest; null until an audit reads it. */
  manifest: z
    .strictObject({
      backupId: z.string(),
      scheduledTime: z.string(),
      tier: z.enum(TIERS),
      previous: z.strictObject({ versionId: z.string(), etag: z.string() }).nullable(),
      exportedAt: z.string(),
      /** See `contentTime`. */
      contentTime: z.string().nullable(),
      /** What it leaves out, as the manifest says. @default - nothing */
      limits: z
        .strictObject({
          by: z.enum(['enrolment', 'request']),
          /** Digest of the whole, to compare it with that of another backup. */
          sha256: z.string(),
        })
        .optional(),
      /** Whether it was made of a saved export, which has no export without credentials beside it. */
      adopted: z.boolean().default(false),
      /** ARNs of the KMS keys that open its parts. */
      keys: z.array(z.string()),
      escrow: z.boolean(),
      /** ARNs of KMS keys and fingerprints of escrow keys that open a part, by the name of the part. @default - read by an earlier
       * release, as are the next three */
      recipients: z.record(z.string(), z.array(z.string())).optional(),
      signedBy: z.string().optional(),
      source: z.strictObject({ issuer: z.string(), shape: z.string() }).optional(),
      parts: z.array(z.string()).optional(),
      objects: counts,
      credentials: count,
      warnings: counts,
    })
    .nullable(),
  /** Change since the previous backup; null if the audit did not compare them. */
  change: changeSchema.nullable(),
  /** See `markFlags`. @default - not assessed yet */
  flags: z.array(z.string()).optional(),
});

const historySchema = z.strictObject({
  formatVersion: z.literal(HISTORY_VERSION),
  tenant: z.string(),
  versions: z.array(recordSchema),
  /** Backups that failed permanently, latest first. */
  failures: z.array(z.strictObject({ scheduledTime: time, code: z.string(), message: z.string() })),
  /** When the tenant equalled a version: the last check of each tier and day that an audit has seen, latest first. */
  checks: z.array(z.strictObject({ tier: z.enum(TIERS), versionId: z.string(), at: time })).default([]),
  /** Schedules that the enrolment named, with the greatest age that each allows a backup; latest first. */
  enrolments: z
    .array(
      z.strictObject({
        /** Time of the first audit that saw it. */
        at: time,
        schedule: z.string().nullable(),
        /** Null for a schedule that fires once, or is unknown. */
        limitHours: count.nullable(),
      }),
    )
    .default([]),
  /** Restores, patches and drills, latest first. */
  events: z.array(
    z.strictObject({
      kind: z.enum(['restore', 'patch', 'drill']),
      id: z.string(),
      at: time,
      /** Whether it was verified; null while the ledger has no record of its end. */
      ok: z.boolean().nullable(),
      code: z.string().nullable(),
      /** Whether it may have written to the tenant. @default - true */
      wrote: z.boolean().optional(),
    }),
  ),
});

export type VersionRecord = z.infer<typeof recordSchema>;
export type NightChange = z.infer<typeof changeSchema>;
export type OperationEvent = TenantHistory['events'][number];

/** One tenant's backups, newest first: those in the vault and those recently gone. */
export type TenantHistory = z.infer<typeof historySchema>;

/** Parses a tenant's history.
 * @returns null if the value is not a history of this release. The audit then opens the backups again, which costs only
 *   time */
export function parseHistory(value: unknown, tenant: string): TenantHistory | null {
  const parsed = historySchema.safeParse(value);
  return parsed.success && parsed.data.tenant === tenant ? parsed.data : null;
}

/** Updates a history from S3's list of versions and from new events.
 * @param listed every version of the tenant's archives
 * @param enrolment the schedule that it names now; null if the tenant is not enrolled
 * @param newEvents the tenant's events since the previous audit, which replace their known records
 * @returns the history with new versions `unopened` and absent ones `gone`, without versions that are long gone */
export function updateHistory(
  tenant: string,
  known: TenantHistory | null,
  listed: readonly VaultVersion[],
  newEvents: readonly LedgerEvent[],
  now: Date,
  enrolment: { readonly schedule: string | null; readonly limitHours: number | null } | null = null,
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
      uploadedBy: null,
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
  const checks = new Map(known?.checks.map((check) => [dayOfCheck(check), check]));
  const events = new Map(known?.events.map((event) => [event.id, event]));
  for (const { tenant: _, ...item } of newEvents) {
    if (item.kind === 'failure') {
      const { scheduledTime, code, message } = item;
      failures.set(scheduledTime, { scheduledTime, code, message });
    } else if (item.kind === 'check') {
      const { tier, versionId, at } = item;
      const check = { tier, versionId, at };
      checks.set(dayOfCheck(check), check);
    } else events.set(item.id, item);
  }
  const isRecent = (at: string): boolean => Date.parse(at) >= oldest;
  const last = known?.enrolments[0];
  const isAsBefore =
    enrolment === null || (last?.schedule === enrolment.schedule && last.limitHours === enrolment.limitHours);
  const enrolments = [
    ...(isAsBefore ? [] : [{ at: now.toISOString(), ...enrolment }]),
    // The oldest that is kept says what was so before the next one.
    ...(known?.enrolments ?? []).filter((_, index, all) => index === 0 || isRecent(all[index - 1]?.at ?? '')),
  ];
  const descending = (a: string, b: string): number => Date.parse(b) - Date.parse(a);
  return {
    formatVersion: HISTORY_VERSION,
    tenant,
    versions,
    failures: [...failures.values()]
      .filter(({ scheduledTime }) => isRecent(scheduledTime))
      .sort((a, b) => descending(a.scheduledTime, b.scheduledTime)),
    checks: [...checks.values()].filter(({ at }) => isRecent(at)).sort((a, b) => descending(a.at, b.at)),
    enrolments,
    events: [...events.values()].filter(({ at }) => isRecent(at)).sort((a, b) => descending(a.at, b.at)),
  };
}

const dayOfCheck = ({ tier, at }: { tier: string; at: string }): string => `${tier} ${at.slice(0, 10)}`;

const keyOf = ({ tier, versionId }: { tier: string; versionId: string }): string => `${tier} ${versionId}`;

/** Finds an assessed record of the same tenant with the same content. Copies in longer-lived tiers have the same bytes and
 * ETag, so one of them is opened. A replay is broken for its place, and not for its content. */
export const sameContent = ({ versions }: TenantHistory, record: VersionRecord): VersionRecord | undefined =>
  versions.find(
    (other) =>
      other !== record &&
      other.etag === record.etag &&
      other.sizeBytes === record.sizeBytes &&
      other.problem?.code !== 'BACKUP_REPLAYED' &&
      (other.verdict === 'ok' || other.verdict === 'broken'),
  );

/** Returns the excerpt of a manifest that the history keeps. */
export const manifestRecord = (manifest: Manifest): NonNullable<VersionRecord['manifest']> => ({
  backupId: manifest.backupId,
  scheduledTime: manifest.scheduledTime,
  tier: manifest.tier,
  previous: manifest.previous,
  exportedAt: manifest.exportedAt,
  contentTime: contentTime(manifest),
  ...(manifest.limits && {
    limits: { by: manifest.limits.by, sha256: sha256Hex(Buffer.from(JSON.stringify(manifest.limits))) },
  }),
  adopted: manifest.trigger === 'adopted',
  keys: [
    ...new Set(
      manifest.parts.flatMap(({ recipients }) =>
        recipients.flatMap((recipient) => (recipient.type === 'kms' ? [recipient.keyArn] : [])),
      ),
    ),
  ],
  recipients: Object.fromEntries(
    manifest.parts.map(({ name, recipients }) => [
      name,
      recipients.map((recipient) =>
        recipient.type === 'kms' ? recipient.keyArn : `escrow ${recipient.fingerprint}`,
      ),
    ]),
  ),
  signedBy: manifest.signedBy,
  source: manifest.source,
  parts: manifest.parts.map(({ name }) => name),
  escrow: manifest.parts.every(({ recipients }) => recipients.some(({ type }) => type === 'escrow')),
  objects: manifest.objects,
  credentials: Object.values(manifest.credentials).reduce((sum, each) => sum + each, 0),
  warnings: manifest.warnings,
});

/** Returns the time of a backup's state: of a resealed or adopted one, that of its content. */
export const takenAt = ({ storedAt, manifest }: VersionRecord): Date =>
  new Date(manifest?.contentTime ?? storedAt);

/** Tells whether a backup holds all that its enrolment asks for. One of which a request asked for less does not. An unread
 * manifest counts as complete. */
export const isComplete = ({ manifest }: VersionRecord): boolean =>
  manifest === null || extentOf(manifest) === 'whole' || isLimitedByEnrolment(manifest);

/** Tells whether a backup lacks what its enrolment leaves out of every backup. */
export const isLimited = ({ manifest }: VersionRecord): boolean =>
  manifest !== null && isLimitedByEnrolment(manifest);

const isLimitedByEnrolment = ({ limits }: NonNullable<VersionRecord['manifest']>): boolean =>
  limits?.by === 'enrolment';

/** Tells whether two backups leave out the same, so that a difference between them is one of the tenant. */
export const areAlike = (one: VersionRecord, other: VersionRecord): boolean =>
  one.manifest?.limits?.sha256 === other.manifest?.limits?.sha256;

/** Tells whether a record is a complete backup of its own night: no safety backup, no upload and no copy in another tier. */
export const isNight = (record: VersionRecord): boolean =>
  record.tier !== 'safety' &&
  record.uploadedBy === null &&
  (record.manifest === null || record.manifest.tier === record.tier) &&
  isComplete(record);

export const objectsOfRecord = ({ manifest }: VersionRecord): number =>
  Object.values(manifest?.objects ?? {}).reduce((sum, each) => sum + each, 0);
