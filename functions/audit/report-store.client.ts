import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../aws-errors.ts';
import { createJsonObjects } from '../vault/json-objects.client.ts';
import { type AuditReport, type PreviousReport, parsePreviousReport } from './audit-report.ts';
import { HISTORY_DAYS, parseHistory, type TenantHistory } from './history.ts';
import { inTurns } from './in-turns.ts';
import { isOfEntry, type News, newsOf } from './news.ts';

/** The audit's part of the ledger: its reports, what it remembers, and what others have written down since. */
export interface ReportStore {
  /** @returns null before the first audit */
  readLatest(): Promise<PreviousReport | null>;
  readHistory(tenant: string): Promise<TenantHistory | null>;
  writeHistory(history: TenantHistory): Promise<void>;
  /** Failed backups, restores and drills that were written down since the audit before, by tenant. */
  readNews(previousAudit: string | null): Promise<ReadonlyMap<string, readonly News[]>>;
  /** As `reports/audit/<time>.json`, then as `reports/latest.json`. */
  writeReport(report: AuditReport): Promise<void>;
  /** As `reports/report.html`. */
  writePage(html: string): Promise<void>;
}

export const LATEST_KEY = 'reports/latest.json';
export const PAGE_KEY = 'reports/report.html';
const historyKey = (tenant: string): string => `reports/tenants/${tenant}.json`;
const reportKey = (auditedAt: string): string => `reports/audit/${auditedAt.slice(0, 19)}Z.json`;

/** What is written down elsewhere in the ledger: the first part of its keys. */
const NEWS = ['failures', 'operations', 'drills'] as const;

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
    async readNews(previousAudit) {
      const since =
        previousAudit === null
          ? now().getTime() - HISTORY_DAYS * 86_400_000
          : Date.parse(previousAudit) - OVERLAP_MILLISECONDS;
      const news: News[] = [];
      for (const kind of NEWS) {
        const entries = (await objects.list(`${kind}/`)).filter(
          ({ writtenAt }) => writtenAt.getTime() >= since,
        );
        await inTurns(entries, REQUESTS, async ({ key, writtenAt }) => {
          const item = newsOf(kind, (await objects.get(key))?.document);
          if (item && isOfEntry(item, key, writtenAt)) news.push(item);
        });
      }
      return Map.groupBy(news, ({ tenant }) => tenant);
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
