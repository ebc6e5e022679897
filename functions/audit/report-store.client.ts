import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../aws-errors.ts';
import { mapLimited } from '../map-limited.ts';
import type { LedgerKind } from '../runtime/names.ts';
import { createJsonObjects, type LedgerProofs } from '../vault/storage/json-objects.client.ts';
import { passedOverBefore } from './assess/assess-ledger.ts';
import { type AuditReport, type PreviousReport, parsePreviousReport } from './audit-report.ts';
import { chooseEntries, type UnreadEntries } from './choose-entries.ts';
import { HISTORY_DAYS, parseHistory, type TenantHistory } from './history.ts';
import { ENTRY_KINDS, entryOf, isOfKey, type LedgerEvent } from './ledger-events.ts';

/** Ledger entries that other functions wrote since the previous audit. */
export interface LedgerEvents {
  /** Failed backups, restores and drills, by tenant. */
  readonly byTenant: ReadonlyMap<string, readonly LedgerEvent[]>;
  /** Keys of entries that are not valid records of their kind. The audit ignores their content. */
  readonly passedOver: readonly string[];
  readonly unread: readonly UnreadEntries[];
}

/** An entry that audits write. */
export interface Own<Content> {
  /** Null if there is none, or none of this release. */
  readonly content: Content | null;
  /** Key of an object in its place that no release wrote. This audit writes over it. */
  readonly passedOver: readonly string[];
}

/** The audit's access to the ledger: its reports, its histories, and the entries of other functions. */
export interface ReportStore {
  /** Reads the latest report; null before the first audit. */
  readLatest(): Promise<Own<PreviousReport>>;
  readHistory(tenant: string): Promise<Own<TenantHistory>>;
  writeHistory(history: TenantHistory): Promise<void>;
  /** Reads the events since the previous audit.
   * @param previous report of the previous audit; null for the first audit */
  readEvents(previous: PreviousReport | null): Promise<LedgerEvents>;
  /** Writes `reports/audit/<time>.json`, then `reports/latest.json`. */
  writeReport(report: AuditReport): Promise<void>;
  /** Writes `reports/report.html`. */
  writePage(html: string): Promise<void>;
}

export const LATEST_KEY = 'reports/latest.json';
export const PAGE_KEY = 'reports/report.html';
const historyKey = (tenant: string): string => `reports/tenants/${tenant}.json`;
const reportKey = (auditedAt: string): string => `reports/audit/${auditedAt.slice(0, 19)}Z.json`;

/** Overlap with the previous audit, as operations may have ended since, and clocks differ. */
const OVERLAP_MILLISECONDS = 2 * 3_600_000;
const REQUESTS = 16;

/** Creates a report store. Needs `s3:PutObject`, `s3:GetObject` and `s3:ListBucket` on the ledger. */
export function createReportStore(
  s3: S3Client,
  bucket: string,
  proofs: LedgerProofs,
  now: () => Date,
): ReportStore {
  const objects = createJsonObjects(s3, bucket, proofs);
  const readOwn = async <Content>(
    key: string,
    parse: (document: unknown) => Content | null,
  ): Promise<Own<Content>> => {
    const stored = await objects.inspect(key);
    if (stored === null) return { content: null, passedOver: [] };
    const content = parse(stored.document);
    return { content, passedOver: content !== null || hasVersion(stored.document) ? [] : [key] };
  };
  return {
    readLatest: () => readOwn(LATEST_KEY, parsePreviousReport),
    readHistory: (tenant) => readOwn(historyKey(tenant), (document) => parseHistory(document, tenant)),
    async writeHistory(history) {
      await objects.put(historyKey(history.tenant), history);
    },
    async readEvents(previous) {
      const known = passedOverBefore(previous);
      const since =
        previous === null || known.further
          ? now().getTime() - HISTORY_DAYS * 86_400_000
          : Date.parse(previous.auditedAt) - OVERLAP_MILLISECONDS;
      const events: LedgerEvent[] = [];
      const passedOver: string[] = [];
      const unread: UnreadEntries[] = [];
      passedOver.push(...(await objects.listTop()).filter((top) => !TOPS.has(top)));
      for (const kind of ENTRY_KINDS) {
        const chosen = chooseEntries(kind, await objects.list(`${kind}/`), since, known.keys);
        passedOver.push(...chosen.passedOver);
        unread.push(...chosen.unread);
        await mapLimited(chosen.toRead, REQUESTS, async ({ key, writtenAt }) => {
          const stored = await objects.inspect(key);
          if (stored === null) return;
          const entry = entryOf(kind, stored.document);
          if (entry === null || !isOfKey(entry, key, writtenAt)) passedOver.push(key);
          else if (entry.event !== null) events.push(entry.event);
        });
      }
      return { byTenant: Map.groupBy(events, ({ tenant }) => tenant), passedOver, unread };
    },
    async writeReport(report) {
      await objects.put(reportKey(report.auditedAt), report);
      await objects.put(LATEST_KEY, report);
    },
    async writePage(html) {
      await s3
        .send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: PAGE_KEY,
            Body: html,
            ContentType: 'text/html; charset=utf-8',
          }),
        )
        .catch(awsError('s3:PutObject', { bucket, key: PAGE_KEY }));
    },
  };
}

/** Beginnings of the keys that functions write. */
const TOPS: ReadonlySet<string> = new Set(
  Object.keys({
    operations: true,
    plans: true,
    reports: true,
    failures: true,
    requests: true,
    tries: true,
    checks: true,
    claims: true,
    forwards: true,
    drills: true,
    probes: true,
    locks: true,
  } satisfies Record<LedgerKind | 'locks', true>).map((kind) => `${kind}/`),
);

/** Tells whether a document has a format version, as entries of other releases do. */
const hasVersion = (document: unknown): boolean =>
  typeof document === 'object' &&
  document !== null &&
  typeof (document as { formatVersion?: unknown }).formatVersion === 'number';
