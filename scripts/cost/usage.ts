import { TIERS, type Tier } from '../../functions/runtime/names.ts';
import { CALENDAR_TIERS, periodOf } from '../../functions/vault/retention/calendar.ts';
import { predictRetention } from '../../functions/vault/retention/retention.ts';
import type { RetentionPolicy } from '../../functions/vault/retention/retention-policy.ts';
import { tierRules } from '../../functions/vault/retention/retention-rules.ts';
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
  readonly audit: {
    /** Hours from one audit to the next. */
    readonly everyHours: number;
    readonly memoryMegabytes: number;
  };
  /** @default - no drills */
  readonly drill?: {
    readonly perMonth: number;
    readonly memoryMegabytes: number;
  };
}

/** Duration of a backup in Lambda, mostly the exchange with SecureAuth. Measure your own, and pass it with `--seconds`. */
export const secondsFor = (exportBytes: number): number => 1.5 + exportBytes / 4e6;

const NIGHTS = 30;
const GIGABYTE = 1e9;
const DAY_MILLISECONDS = 86_400_000;
/** Above it, an archive goes up in parts of this size. */
const PART_BYTES = 5 * 1024 * 1024;

/** Keys of the stack: configuration, credentials, fingerprints, manifests, four for the ledger, and that of the topic. */
const KEYS = 9;
/** Data keys of two parts, one fingerprint key, and the audit's opening of this configuration and the one before. */
const KMS_CALLS_PER_BACKUP = 5;
/** Versions listed to find an earlier delivery, before and after the export, the previous backup, and what fills week, month
 * and year. */
const LISTS_PER_BACKUP = 6;
/** Entries of the ledger: the try, and two that claim the request. */
const RECORDS_PER_BACKUP = 3;
/** Tags of versions, and the audit's reading of the archive and the one before. */
const READS_PER_BACKUP = 5;
/** Lambda polls an empty queue continuously: five pollers, each 20 s. */
const EMPTY_RECEIVES = 5 * 3 * 60 * 24 * NIGHTS;
/** Of which S3 lists so many at a time; an audit looks at all of them. */
const VERSIONS_PER_LIST = 1_000;
const LOG_BYTES_PER_BACKUP = 2_500;
/** Of the audit; one dashboard. */
const METRICS = 17;
const ALARMS = 21;
const ALARMS_OF_DRILLS = 3;

/** Seconds of one audit, measured: before and after it looks at tenants, for each page of the vault's listing, for each tenant
 * whose history it reads, and for a new backup, which it opens together with the one before it. */
const SECONDS_PER_AUDIT = 2;
const SECONDS_PER_LIST = 0.1;
const SECONDS_PER_TENANT = 0.003;
const secondsToOpen = (exportBytes: number): number => 0.05 + exportBytes / 10e6;

/** Its manifest, the audit's history, and once in a while the public half for a new container, which is counted as if each backup
 * asked. */
const SIGNATURES_PER_BACKUP = 3;
/** The report, twice under two names if there is a message. */
const SIGNATURES_PER_AUDIT = 4;

/** A drill empties a tenant and restores into it, each with a safety backup and a proof. */
const BACKUPS_PER_DRILL = 6;
const KMS_CALLS_PER_DRILL = 10;
const SIGNATURES_PER_DRILL = 40;
const WRITES_PER_DRILL = 40;

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
  const audits = (24 * NIGHTS) / deployment.audit.everyHours;
  const drills = deployment.drill?.perMonth ?? 0;
  const archiveBytes = exportBytes * archiveRatio;
  // Copies of the first backup of each week, month and year.
  const copies = tenants * (retention.promote.includes('weekly') ? NIGHTS / 7 : 0) + tenants;
  const putsPerArchive = archiveBytes > PART_BYTES ? Math.ceil(archiveBytes / PART_BYTES) + 2 : 1;
  const versions = Object.values(keptVersions(retention)).reduce((sum, count) => sum + count, 0);
  // Each audit reads its history of every tenant, and writes it after a new backup.
  const listsPerAudit = Math.ceil((tenants * versions) / VERSIONS_PER_LIST);
  const auditSeconds =
    audits * (SECONDS_PER_AUDIT + listsPerAudit * SECONDS_PER_LIST + tenants * SECONDS_PER_TENANT) +
    backups * secondsToOpen(exportBytes);
  const gigabyteSeconds = (seconds: number, megabytes: number) => seconds * (megabytes / 1024);
  return {
    secret: Math.ceil(tenants / deployment.tenantsPerSecret),
    secretCall: backups + (NIGHTS + audits) * Math.ceil(tenants / 100),
    kmsKey: KEYS,
    kmsCall: backups * KMS_CALLS_PER_BACKUP + drills * KMS_CALLS_PER_DRILL,
    kmsSignature:
      backups * SIGNATURES_PER_BACKUP + audits * SIGNATURES_PER_AUDIT + drills * SIGNATURES_PER_DRILL,
    s3Storage: (tenants * versions * archiveBytes) / GIGABYTE,
    s3Write:
      (backups + copies) * putsPerArchive +
      backups * (LISTS_PER_BACKUP + RECORDS_PER_BACKUP + 1) +
      audits * listsPerAudit +
      drills * WRITES_PER_DRILL,
    s3Read: backups * READS_PER_BACKUP + audits * tenants,
    lambdaRequest: backups + NIGHTS + audits + drills,
    lambdaTime:
      gigabyteSeconds(backups * backupSeconds, memoryMegabytes) +
      gigabyteSeconds(auditSeconds, deployment.audit.memoryMegabytes) +
      gigabyteSeconds(drills * BACKUPS_PER_DRILL * backupSeconds, deployment.drill?.memoryMegabytes ?? 0),
    sqsRequest: EMPTY_RECEIVES + backups * 2.1,
    schedulerCall: NIGHTS + audits + drills,
    logs: (backups * LOG_BYTES_PER_BACKUP) / GIGABYTE,
    metric: METRICS,
    alarm: ALARMS + (deployment.drill ? ALARMS_OF_DRILLS : 0),
    dashboard: 1,
  };
}
