import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../aws-errors.ts';
import { toTenantBackupError } from '../defect.ts';
import { mapLimited } from '../map-limited.ts';
import { createJsonObjects, type StoredJson } from '../vault/storage/json-objects.client.ts';
import { passedOverBefore } from './assess-ledger.ts';
import { type AuditReport, type PreviousReport, parsePreviousReport } from './audit-report.ts';
import { chooseEntries, type UnreadEntries } from './choose-entries.ts';
import { HISTORY_DAYS, parseHistory, type TenantHistory } from './history.ts';
import { ENTRY_KINDS, entryOf, isOfKey, type LedgerEvent } from './ledger-events.ts';

/** What others have written into the ledger since the audit before. */
export interface LedgerEvents {
  /** Failed backups, restores and drills, by tenant. */
  readonly byTenant: ReadonlyMap<string, readonly LedgerEvent[]>;
  /** Keys of what is no record of its kind: nothing that it says is believed. */
  readonly passedOver: readonly string[];
  readonly unread: readonly UnreadEntries[];
}

/** The audit's part of the ledger: its reports, what it remembers, and what others have written down since. */
export interface ReportStore {
  /** @returns null before the first audit */
  readLatest(): Promise<PreviousReport | null>;
  readHistory(tenant: string): Promise<TenantHistory | null>;
  writeHistory(history: TenantHistory): Promise<void>;
  /** @param previous report of the audit before; null before the first one */
  readEvents(previous: PreviousReport | null): Promise<LedgerEvents>;
  /** As `reports/audit/<time>.json`, then as `reports/latest.json`. */
  writeReport(report: AuditReport): Promise<void>;
  /** As `reports/report.html`. */
  writePage(html: string): Promise<void>;
}

export const LATEST_KEY = 'reports/latest.json';
export const PAGE_KEY = 'reports/report.html';
const historyKey = (tenant: string): string => `reports/tenants/${tenant}.json`;
const reportKey = (auditedAt: string): string => `reports/audit/${auditedAt.slice(0, 19)}Z.json`;

/** An operation that was under way at the last audit has ended since, and clocks differ. */
const OVERLAP_MILLISECONDS = 2 * 3_600_000;
const REQUESTS = 16;

/** Needs `s3:PutObject`, `s3:GetObject` and `s3:ListBucket` on the ledger. */
export function createReportStore(s3: S3Client, bucket: string, now: () => Date): ReportStore {
  const objects = createJsonObjects(s3, bucket);
  return {
    async readLatest() {
      return parsePreviousReport((await objects.get(LATEST_KEY))?.document);
    },
    async readHistory(tenant) {
      return parseHistory((await objects.get(historyKey(tenant)))?.document, tenant);
    },
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
      for (const kind of ENTRY_KINDS) {
        const chosen = chooseEntries(kind, await objects.list(`${kind}/`), since, known.keys);
        passedOver.push(...chosen.passedOver);
        unread.push(...chosen.unread);
        await mapLimited(chosen.toRead, REQUESTS, async ({ key, writtenAt }) => {
          const stored = await readable(objects.get(key));
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

/** What S3 answers where the storage class, or the encryption key, of an object does not let it be read. */
const REFUSALS: ReadonlySet<string> = new Set(['BACKUP_ARCHIVED', 'AWS_ACCESS_DENIED']);
const KEY_REFUSALS = /^(InvalidRequest|KMS\..*)$/;

/** Who writes an entry chooses its encryption and its storage class as well, and one that cannot be read must not end the audit.
 * @returns no document in place of one that S3 does not give out */
async function readable(reading: Promise<StoredJson | null>): Promise<Pick<StoredJson, 'document'> | null> {
  try {
    return await reading;
  } catch (error) {
    const { code, facts } = toTenantBackupError(error);
    if (REFUSALS.has(code) || KEY_REFUSALS.test(String(facts['reason']))) return { document: undefined };
    throw error;
  }
}
