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

/** Ledger entries that other functions wrote since the previous audit. */
export interface LedgerEvents {
  /** Failed backups, restores and drills, by tenant. */
  readonly byTenant: ReadonlyMap<string, readonly LedgerEvent[]>;
  /** Keys of entries that are not valid records of their kind. The audit ignores their content. */
  readonly passedOver: readonly string[];
  readonly unread: readonly UnreadEntries[];
}

/** The audit's access to the ledger: its reports, its histories, and the entries of other functions. */
export interface ReportStore {
  /** Reads the latest report.
   * @returns null before the first audit */
  readLatest(): Promise<PreviousReport | null>;
  readHistory(tenant: string): Promise<TenantHistory | null>;
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

/** Error codes for an object whose storage class or encryption key prevents reading it. */
const REFUSALS: ReadonlySet<string> = new Set(['BACKUP_ARCHIVED', 'AWS_ACCESS_DENIED']);
const KEY_REFUSALS = /^(InvalidRequest|KMS\..*)$/;

/** Awaits a read, and tolerates an unreadable entry. The writer of an entry chooses its encryption and storage class, which
 * must not end the audit.
 * @returns an undefined document if S3 refuses to return it */
async function readable(reading: Promise<StoredJson | null>): Promise<Pick<StoredJson, 'document'> | null> {
  try {
    return await reading;
  } catch (error) {
    const { code, facts } = toTenantBackupError(error);
    if (REFUSALS.has(code) || KEY_REFUSALS.test(String(facts['reason']))) return { document: undefined };
    throw error;
  }
}
