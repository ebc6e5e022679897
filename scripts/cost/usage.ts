import { TIERS, type Tier } from '../../functions/runtime/names.ts';
import { CALENDAR_TIERS, periodOf } from '../../functions/vault/calendar.ts';
import { predictRetention } from '../../functions/vault/retention.ts';
import type { RetentionPolicy } from '../../functions/vault/retention-policy.ts';
import { tierRules } from '../../functions/vault/retention-rules.ts';
import type { PriceName } from './prices.ts';

/** What a deployment does in a month. */
export interface Deployment {
  readonly tenants: number;
  /** Size of one tenant's export, in bytes. */
  readonly exportBytes: number;
  /** Archive to export: see the bench of sealing. */
  readonly archiveRatio: number;
  /** How long one backup takes, in seconds. */
  readonly backupSeconds: number;
  /** Memory of the backup function, in megabytes. */
  readonly memoryMegabytes: number;
  /** Tenants whose enrolments lie in one secret together. */
  readonly tenantsPerSecret: number;
  readonly retention: RetentionPolicy;
}

const NIGHTS = 30;
const GIGABYTE = 1e9;
const DAY_MILLISECONDS = 86_400_000;
/** Above it, an archive goes up in parts of this size. */
const PART_BYTES = 5 * 1024 * 1024;

/** Keys of the stack: configuration, credentials, fingerprints, and that of the topic. */
const KEYS = 4;
/** Data keys of two parts, one fingerprint key, and the audit's opening of the configuration. */
const KMS_CALLS_PER_BACKUP = 4;
/** Versions listed to find an earlier delivery, the previous backup, and what fills week, month and year. */
const LISTS_PER_BACKUP = 5;
/** Tags of versions, and the audit's reading of the archive. */
const READS_PER_BACKUP = 4;
/** Lambda asks an empty queue all the time: five pollers, each 20 s. */
const EMPTY_RECEIVES = 5 * 3 * 60 * 24 * NIGHTS;
/** Of which S3 lists so many at a time; an audit looks at all of them. */
const VERSIONS_PER_LIST = 1_000;
const LOG_BYTES_PER_BACKUP = 2_500;
/** Of the audit, which runs every hour; one dashboard. */
const METRICS = 17;
const ALARMS = 21;
const AUDITS = 24 * NIGHTS;

/** Versions that a tenant with nightly backups has once it has been backed up for years: what the lifecycle rules of each
 * tier leave of them, by the same function that predicts it for `retention preview`. */
export function keptVersions({
  tiers,
  promote,
}: Pick<RetentionPolicy, 'tiers' | 'promote'>): Record<Tier, number> {
  const end = Date.UTC(2040, 5, 15, 2);
  const nights = Array.from(
    { length: 365 * 10 },
    (_, night) => new Date(end - night * DAY_MILLISECONDS),
  ).reverse();
  const kept = Object.fromEntries(TIERS.map((tier) => [tier, 0])) as Record<Tier, number>;
  for (const rule of tierRules({ tiers })) {
    const calendar = CALENDAR_TIERS.find((tier) => tier === rule.id);
    const stored =
      rule.id === 'daily'
        ? nights
        : calendar && promote.includes(calendar)
          ? firstOfEach(calendar, nights)
          : [];
    const history = stored.map((storedAt, index) => ({ versionId: String(index), storedAt }));
    const fates = predictRetention(history, rule, new Date(end));
    kept[rule.id] = fates.filter(({ reasons }) => reasons.length > 0).length;
  }
  return kept;
}

function firstOfEach(tier: (typeof CALENDAR_TIERS)[number], nights: readonly Date[]): Date[] {
  const seen = new Set<number>();
  return nights.filter((night) => {
    const from = periodOf(tier, night).from.getTime();
    return !seen.has(from) && seen.add(from);
  });
}

/** What a month of nightly backups uses of each thing that AWS counts. */
export function usageOf(deployment: Deployment): Record<PriceName, number> {
  const { tenants, exportBytes, archiveRatio, backupSeconds, memoryMegabytes, retention } = deployment;
  const backups = tenants * NIGHTS;
  const archiveBytes = exportBytes * archiveRatio;
  // Copies of the first backup of each week, month and year.
  const copies = tenants * (retention.promote.includes('weekly') ? NIGHTS / 7 : 0) + tenants;
  const putsPerArchive = archiveBytes > PART_BYTES ? Math.ceil(archiveBytes / PART_BYTES) + 2 : 1;
  const versions = Object.values(keptVersions(retention)).reduce((sum, count) => sum + count, 0);
  // Each audit reads what it remembers of every tenant, and writes it where a backup has come.
  const listsOfAudits = AUDITS * Math.ceil((tenants * versions) / VERSIONS_PER_LIST);
  return {
    secret: Math.ceil(tenants / deployment.tenantsPerSecret),
    secretCall: backups + (NIGHTS + AUDITS) * Math.ceil(tenants / 100),
    kmsKey: KEYS,
    kmsCall: backups * KMS_CALLS_PER_BACKUP,
    s3Storage: (tenants * versions * archiveBytes) / GIGABYTE,
    s3Write: (backups + copies) * putsPerArchive + backups * (LISTS_PER_BACKUP + 1) + listsOfAudits,
    s3Read: backups * READS_PER_BACKUP + AUDITS * tenants,
    lambdaRequest: backups + NIGHTS + AUDITS,
    lambdaTime: backups * backupSeconds * (memoryMegabytes / 1024),
    sqsRequest: EMPTY_RECEIVES + backups * 2.1,
    schedulerCall: NIGHTS + AUDITS,
    logs: (backups * LOG_BYTES_PER_BACKUP) / GIGABYTE,
    metric: METRICS,
    alarm: ALARMS,
    dashboard: 1,
  };
}
