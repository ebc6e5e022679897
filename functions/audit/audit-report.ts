/** The audit's report, `reports/latest.json` and `reports/audit/<time>.json`: a stable shape, described in docs/AUDIT.md. */
import * as z from 'zod';
import type { SettingDifference } from '../vault/retention/retention-check.ts';
import type { KeyHealth } from './assess-fleet.ts';
import { type EnrolledTenant, type Freshness, newestGood } from './assess-tenant.ts';
import { type Finding, findingCodes } from './findings.ts';
import { isNight, objectsOfRecord, type TenantHistory, takenAt } from './history.ts';

const REPORT_FORMAT = 'tenant-backup-audit';
const REPORT_VERSION = 1;

/** One tenant's line of the report. */
export interface TenantLine {
  readonly tenant: string;
  readonly schedule: string | null;
  readonly freshness: Freshness;
  /** The newest backup that is not known to be bad. */
  readonly newest: {
    readonly tier: string;
    readonly versionId: string;
    readonly storedAt: string;
    readonly ageSeconds: number;
    readonly sizeBytes: number;
    readonly verdict: string;
    /** Objects in total, and credentials; 0 while it is unopened. */
    readonly objects: number;
    readonly credentials: number;
    /** Objects that are not as in the backup before; null if that was not compared. */
    readonly changed: number | null;
  } | null;
  /** Versions in the vault, of all tiers, and what they take. */
  readonly versions: number;
  readonly bytes: number;
}

export interface AuditReport {
  readonly format: typeof REPORT_FORMAT;
  readonly formatVersion: typeof REPORT_VERSION;
  /** RFC 3339 in UTC. */
  readonly auditedAt: string;
  /** Time of the audit before; null for the first. */
  readonly previousAudit: string | null;
  /** When the last message went to the topic; null if none ever did. */
  readonly messagedAt: string | null;
  readonly seconds: number;
  /** Nothing needs a person: there is neither an alarm nor a warning. */
  readonly ok: boolean;
  readonly counts: {
    /** Enrolled ones: those of the next three counts, and those that wait for their first backup. */
    readonly tenants: number;
    /** Tenants with a good backup that is young enough. */
    readonly fresh: number;
    readonly paused: number;
    readonly withoutFreshBackup: number;
    readonly versions: number;
    readonly bytes: number;
    /** Backups that this audit opened. */
    readonly opened: number;
    readonly unopened: number;
    /** Of the tenants that are not paused. */
    readonly oldestBackupSeconds: number;
    /** Objects that are not as in the backup before, of all newest backups. */
    readonly objectsChanged: number;
  };
  readonly findings: readonly Finding[];
  readonly tenants: readonly TenantLine[];
  readonly keys: readonly KeyHealth[];
  readonly vaultSettings: readonly SettingDifference[];
}

/** What the next audit reads of the one before. Other members may come with later releases. */
const previousSchema = z.object({
  format: z.literal(REPORT_FORMAT),
  formatVersion: z.literal(REPORT_VERSION),
  auditedAt: z.iso.datetime(),
  messagedAt: z.iso.datetime().nullable(),
  findings: z.array(
    z.object({
      code: z.enum(findingCodes),
      severity: z.enum(['alarm', 'warning', 'known']),
      tenant: z.string().nullable(),
      subject: z.string().nullable(),
      since: z.iso.datetime(),
    }),
  ),
});
export type PreviousReport = z.infer<typeof previousSchema>;

/** @returns null for what is no report of this release */
export function parsePreviousReport(value: unknown): PreviousReport | null {
  const parsed = previousSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

const count = z.number().min(0);

/** What people are shown of a report. Whatever else it says is for programs. */
const shownSchema = z.looseObject({
  format: z.literal(REPORT_FORMAT),
  formatVersion: z.literal(REPORT_VERSION),
  auditedAt: z.iso.datetime(),
  ok: z.boolean(),
  counts: z.looseObject({ tenants: count, fresh: count, versions: count, bytes: count }),
  findings: z.array(
    z.looseObject({
      code: z.enum(findingCodes),
      severity: z.enum(['alarm', 'warning', 'known']),
      tenant: z.string().nullable(),
      message: z.string(),
      since: z.iso.datetime(),
    }),
  ),
  tenants: z.array(
    z.looseObject({
      tenant: z.string(),
      schedule: z.string().nullable(),
      freshness: z.string(),
      newest: z
        .looseObject({
          tier: z.string(),
          ageSeconds: count,
          sizeBytes: count,
          verdict: z.string(),
          objects: count,
        })
        .nullable(),
      versions: count,
    }),
  ),
});

/** Judge the text of a report.
 * @returns null for what is no report of this release */
export function parseReport(text: string): AuditReport | null {
  try {
    const parsed = shownSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as unknown as AuditReport) : null;
  } catch {
    return null;
  }
}

/** One line for a tenant. */
export function tenantLine(
  history: TenantHistory,
  enrolled: EnrolledTenant | null,
  freshness: Freshness,
  now: Date,
): TenantLine {
  const kept = history.versions.filter(({ gone }) => !gone);
  const newest = newestGood(history);
  // A copy in another tier has no change of its own: the night that it is a copy of has.
  const night = history.versions.find((record) => isNight(record) && record.etag === newest?.etag);
  const change = (night ?? newest)?.change ?? null;
  return {
    tenant: history.tenant,
    schedule: enrolled?.schedule ?? null,
    freshness,
    newest: newest
      ? {
          tier: newest.tier,
          versionId: newest.versionId,
          storedAt: newest.storedAt,
          ageSeconds: Math.max(0, Math.round((now.getTime() - takenAt(newest).getTime()) / 1000)),
          sizeBytes: newest.sizeBytes,
          verdict: newest.verdict,
          objects: objectsOfRecord(newest),
          credentials: newest.manifest?.credentials ?? 0,
          changed: change && change.added + change.removed + change.changed,
        }
      : null,
    versions: kept.length,
    bytes: kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Counts the tenants that backups are due of, and of these the ones whose first backup is still to come. */
export function dueTenants({
  tenants,
  fresh,
  paused,
  withoutFreshBackup,
}: Pick<AuditReport['counts'], 'tenants' | 'fresh' | 'paused' | 'withoutFreshBackup'>): {
  readonly due: number;
  readonly waiting: number;
} {
  const due = tenants - paused;
  return { due, waiting: due - fresh - withoutFreshBackup };
}

/** Says how many tenants have a fresh backup. Only tenants that have a backup are fresh; paused ones are counted apart. */
export function freshnessText(counts: AuditReport['counts']): string {
  const { due, waiting } = dueTenants(counts);
  return [
    `${counts.fresh} of ${due} tenants have a fresh backup`,
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'waits for its' : 'wait for their'} first backup`] : []),
    ...(counts.paused > 0 ? [`${counts.paused} paused`] : []),
  ].join(', ');
}

/** Put a report together. */
export function auditReport(
  parts: Pick<AuditReport, 'findings' | 'tenants' | 'keys' | 'vaultSettings' | 'messagedAt' | 'seconds'> & {
    readonly previous: PreviousReport | null;
    readonly opened: number;
    readonly unopened: number;
    readonly now: Date;
  },
): AuditReport {
  const { findings, tenants, keys, vaultSettings, messagedAt, seconds, previous, opened, unopened, now } =
    parts;
  const enrolled = tenants.filter(({ freshness }) => freshness !== 'left');
  const sum = (of: (line: TenantLine) => number) => tenants.reduce((total, line) => total + of(line), 0);
  return {
    format: REPORT_FORMAT,
    formatVersion: REPORT_VERSION,
    auditedAt: now.toISOString(),
    previousAudit: previous?.auditedAt ?? null,
    messagedAt,
    seconds,
    ok: findings.every(({ severity }) => severity === 'known'),
    counts: {
      tenants: enrolled.length,
      fresh: enrolled.filter(({ freshness }) => freshness === 'fresh').length,
      paused: enrolled.filter(({ freshness }) => freshness === 'paused').length,
      withoutFreshBackup: enrolled.filter(({ freshness }) => freshness === 'stale' || freshness === 'none')
        .length,
      versions: sum(({ versions }) => versions),
      bytes: sum(({ bytes }) => bytes),
      opened,
      unopened,
      oldestBackupSeconds: Math.max(
        0,
        ...enrolled.map(({ freshness, newest }) => (freshness === 'paused' ? 0 : (newest?.ageSeconds ?? 0))),
      ),
      objectsChanged: sum(({ newest }) => newest?.changed ?? 0),
    },
    findings,
    tenants,
    keys,
    vaultSettings,
  };
}
