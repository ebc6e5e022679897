/** The audit's report, `reports/latest.json` and `reports/audit/<time>.json`: a stable shape, described in docs/AUDIT.md. */
import * as z from 'zod';
import type { SettingDifference } from '../vault/retention/retention-check.ts';
import type { KeyHealth } from './assess/assess-fleet.ts';
import type { EnrolledTenant, Freshness } from './assess/assess-tenant.ts';
import { type Finding, findingCodes } from './findings.ts';
import { isNight, objectsOfRecord, type TenantHistory } from './history.ts';
import { newestState } from './newest-state.ts';

const REPORT_FORMAT = 'tenant-backup-audit';
const REPORT_VERSION = 1;

/** One tenant's line of the report. */
export interface TenantLine {
  readonly tenant: string;
  readonly schedule: string | null;
  readonly freshness: Freshness;
  /** The newest complete backup that is not known to be broken, see `newestState`. */
  readonly newest: {
    readonly tier: string;
    readonly versionId: string;
    readonly storedAt: string;
    /** When a check last found the tenant equal to it; null if none did since it was stored. */
    readonly checkedAt: string | null;
    /** Age of the state: since it was stored, or checked. */
    readonly ageSeconds: number;
    readonly sizeBytes: number;
    readonly verdict: string;
    /** Number of all objects, and of credentials; 0 while the backup is unopened. */
    readonly objects: number;
    readonly credentials: number;
    /** Number of objects that differ from the previous backup; null if the audit did not compare them. */
    readonly changed: number | null;
  } | null;
  /** Number of versions in all tiers of the vault, and their total size. */
  readonly versions: number;
  readonly bytes: number;
}

export interface AuditReport {
  readonly format: typeof REPORT_FORMAT;
  readonly formatVersion: typeof REPORT_VERSION;
  /** RFC 3339 in UTC. */
  readonly auditedAt: string;
  /** Time of the previous audit; null for the first. */
  readonly previousAudit: string | null;
  /** Time of the last message to the topic; null before the first. */
  readonly messagedAt: string | null;
  readonly seconds: number;
  /** Whether no action is needed: the findings include no alarm and no warning. */
  readonly ok: boolean;
  readonly counts: {
    /** Enrolled tenants: the next four counts, plus tenants that wait for their first backup. */
    readonly tenants: number;
    /** Tenants whose newest good backup is within the schedule's limit. */
    readonly fresh: number;
    /** The same, of tenants whose enrolments leave credentials or objects out of it. */
    readonly limited: number;
    readonly paused: number;
    readonly withoutFreshBackup: number;
    readonly versions: number;
    readonly bytes: number;
    /** Backups that this audit opened. */
    readonly opened: number;
    readonly unopened: number;
    /** Greatest age of a newest good backup; paused tenants do not count. */
    readonly oldestBackupSeconds: number;
    /** Objects that differ from the previous backup, summed over all newest backups. */
    readonly objectsChanged: number;
  };
  readonly findings: readonly Finding[];
  readonly tenants: readonly TenantLine[];
  readonly keys: readonly KeyHealth[];
  readonly vaultSettings: readonly SettingDifference[];
}

/** The members that the next audit reads from this report. Later releases may add others. */
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
      acknowledged: z.object({ at: z.iso.datetime(), by: z.string(), reason: z.string() }).optional(),
    }),
  ),
});
export type PreviousReport = z.infer<typeof previousSchema>;

/** Parses the report of the previous audit.
 * @returns null if the value is not a report of this release */
export function parsePreviousReport(value: unknown): PreviousReport | null {
  const parsed = previousSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

const count = z.number().min(0);

/** The members that the command shows. Other members are for programs. */
const shownSchema = z.looseObject({
  format: z.literal(REPORT_FORMAT),
  formatVersion: z.literal(REPORT_VERSION),
  auditedAt: z.iso.datetime(),
  ok: z.boolean(),
  counts: z.looseObject({ tenants: count, fresh: count, versions: count, bytes: count }),
  findings: z.array(
    z.looseObject({
      id: z.string(),
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

/** Parses a report.
 * @returns null if the value is not a report of this release */
export function parseReport(value: unknown): AuditReport | null {
  const parsed = shownSchema.safeParse(value);
  return parsed.success ? (parsed.data as unknown as AuditReport) : null;
}

/** Returns a tenant's line of the report. */
export function tenantLine(
  history: TenantHistory,
  enrolled: EnrolledTenant | null,
  freshness: Freshness,
  now: Date,
): TenantLine {
  const kept = history.versions.filter(({ gone }) => !gone);
  const state = newestState(history);
  const newest = state?.record;
  // A copy in another tier has no change: the backup of the night that it copies has it.
  const night = history.versions.find((record) => isNight(record) && record.etag === newest?.etag);
  const change = (night ?? newest)?.change ?? null;
  return {
    tenant: history.tenant,
    schedule: enrolled?.schedule ?? null,
    freshness,
    newest:
      state && newest
        ? {
            tier: newest.tier,
            versionId: newest.versionId,
            storedAt: newest.storedAt,
            checkedAt: state.checkedAt,
            ageSeconds: Math.max(0, Math.round((now.getTime() - state.at.getTime()) / 1000)),
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

/** Counts the tenants that need backups, and those of them that wait for their first backup. */
export function dueTenants({
  tenants,
  fresh,
  limited,
  paused,
  withoutFreshBackup,
}: Pick<AuditReport['counts'], 'tenants' | 'fresh' | 'limited' | 'paused' | 'withoutFreshBackup'>): {
  readonly due: number;
  readonly waiting: number;
} {
  const due = tenants - paused;
  return { due, waiting: due - fresh - limited - withoutFreshBackup };
}

/** Describes how many tenants have a fresh backup. Waiting and paused tenants are counted separately. */
export function freshnessText(counts: AuditReport['counts']): string {
  const { due, waiting } = dueTenants(counts);
  return [
    `${counts.fresh} of ${due} tenants have a fresh backup`,
    ...(counts.limited > 0 ? [`${counts.limited} a limited one, as enrolled`] : []),
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'waits for its' : 'wait for their'} first backup`] : []),
    ...(counts.paused > 0 ? [`${counts.paused} paused`] : []),
  ].join(', ');
}

/** Builds the report. */
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
      limited: enrolled.filter(({ freshness }) => freshness === 'limited').length,
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
