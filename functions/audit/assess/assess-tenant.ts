/** Findings about one tenant's backups, derived from its history. */

import { TIERS, type Tier } from '../../runtime/names.ts';
import { auditChain } from '../../vault/chain.ts';
import { vaultKey } from '../../vault/format/layout.ts';
import { addDays, midnightFrom } from '../../vault/retention/calendar.ts';
import type { RetentionPolicy } from '../../vault/retention/retention-policy.ts';
import { tierRules } from '../../vault/retention/retention-rules.ts';
import type { NewFinding } from '../findings.ts';
import { areAlike, isLimited, isNight, type TenantHistory, takenAt, type VersionRecord } from '../history.ts';
import { newestState } from '../newest-state.ts';
import type { AuditSettings } from '../settings.ts';
import { assessCredentials } from './assess-credentials.ts';
import { assessEmptiness } from './assess-emptiness.ts';
import { assessLoss } from './assess-shrink.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A tenant that should have backups. */
export interface EnrolledTenant {
  readonly tenant: string;
  /** Schedule from the enrolment's tag; null without a tag. */
  readonly schedule: string | null;
  /** Whether the tenant needs no backups now: an operator paused it, or drills overwrite it. */
  readonly paused: boolean;
  /** Whether drills overwrite it. @default false */
  readonly scratch?: boolean;
  /** Creation time of the secret; null if unknown. */
  readonly enrolledAt: Date | null;
}

/** Whether a tenant has a recent good backup.
 * - `fresh`: the newest good backup is within the schedule's limit
 * - `limited`: the same, and the enrolment leaves credentials or objects out of it: the tenant has what its owner asked for, and no
 *   fresh backup of the whole
 * - `stale`: the newest good backup is too old
 * - `none`: the tenant has no good backup
 * - `new`: the tenant was enrolled recently and has no backup yet
 * - `paused`: the tenant needs no backups now
 * - `left`: the tenant is no longer enrolled */
export type Freshness = 'fresh' | 'limited' | 'stale' | 'none' | 'new' | 'paused' | 'left';

const finding = (
  code: NewFinding['code'],
  tenant: string,
  message: string,
  facts: NewFinding['facts'] = {},
  subject: string | null = null,
  severity: NewFinding['severity'] = 'alarm',
): NewFinding => ({ code, severity, tenant, subject, message, facts });

/** Assesses the age of the newest state that a good backup holds. */
export function assessFreshness(
  history: TenantHistory,
  enrolled: EnrolledTenant | null,
  settings: Pick<AuditSettings, 'schedules'>,
  now: Date,
): { freshness: Freshness; findings: NewFinding[] } {
  if (!enrolled) return { freshness: 'left', findings: [] };
  if (enrolled.paused) return { freshness: 'paused', findings: [] };
  const { tenant } = history;
  const { schedule, enrolledAt } = enrolled;
  const newest = newestState(history);
  const limit = schedule === null ? undefined : settings.schedules[schedule];
  const findings: NewFinding[] = [];
  if (limit === undefined) {
    const names = Object.keys(settings.schedules).join(', ');
    const message = `schedule must be one of ${names}, the enrolment's tag says ${schedule === null ? 'none' : `"${schedule}"`}`;
    findings.push(finding('SCHEDULE_UNKNOWN', tenant, message));
  }
  const failure = history.failures[0];
  const failed = failure && (!newest || Date.parse(failure.scheduledTime) > newest.at.getTime());
  const why = failed ? `; the backup for ${failure.scheduledTime} failed: ${failure.code}` : '';
  const facts = failed ? { failedFor: failure.scheduledTime, reason: failure.code } : {};
  if (!newest) {
    const age = enrolledAt === null ? Number.POSITIVE_INFINITY : now.getTime() - enrolledAt.getTime();
    if (age <= (limit ?? 24) * HOUR && !failed) return { freshness: 'new', findings };
    findings.push(finding('NO_BACKUP', tenant, `there is no good backup at all${why}`, facts));
    return { freshness: 'none', findings };
  }
  const isOfLess = isLimited(newest.record);
  if (isOfLess) findings.push(limitedFinding(tenant, newest.record));
  const ageHours = (now.getTime() - newest.at.getTime()) / HOUR;
  if (limit !== undefined && limit !== null && ageHours > limit) {
    const message = `the newest good backup must be at most ${limit} hours old, it is ${Math.floor(ageHours)}${why}`;
    findings.push(
      finding('NO_FRESH_BACKUP', tenant, message, { ...facts, limit, hours: Math.floor(ageHours) }),
    );
    return { freshness: 'stale', findings };
  }
  if (failed) {
    const message = `the backup for ${failure.scheduledTime} failed: ${failure.code}: ${failure.message}`;
    findings.push(finding('BACKUP_FAILED', tenant, message, facts, null, 'warning'));
  }
  return { freshness: isOfLess ? 'limited' : 'fresh', findings };
}

/** Reports that the newest backup is not of the whole tenant. Other limits are another finding. */
const limitedFinding = (tenant: string, { versionId, manifest }: VersionRecord): NewFinding =>
  finding(
    'BACKUPS_LIMITED',
    tenant,
    `the newest backup, version ${versionId}, leaves out credentials or objects, as the enrolment says`,
    { versionId },
    manifest?.limits?.sha256 ?? null,
    'warning',
  );

/** Reports the tenant's broken backups. */
export const assessVersions = ({ tenant, versions }: TenantHistory): NewFinding[] =>
  versions
    .filter(({ gone, verdict }) => !gone && verdict === 'broken')
    .map(({ tier, versionId, problem }) =>
      finding(
        'BACKUP_BROKEN',
        tenant,
        `version ${versionId} of ${vaultKey(tier, tenant)} is broken: ${problem?.code}: ${problem?.message}`,
        { tier, versionId, reason: problem?.code ?? 'unknown' },
        versionId,
      ),
    );

/** Reports versions that are gone before the lifecycle could remove them, and archives that a delete marker hides.
 * @param deleted tiers in which a delete marker is the newest entry of the tenant's key */
export function assessChain(
  { tenant, versions }: TenantHistory,
  deleted: readonly Tier[],
  policy: RetentionPolicy,
  now: Date,
): NewFinding[] {
  const findings = deleted.map((tier) =>
    finding(
      'ARCHIVE_DELETED',
      tenant,
      `a delete marker hides ${vaultKey(tier, tenant)}: its newest backup has begun to expire`,
      { tier },
      tier,
    ),
  );
  const missing = new Map<string, Tier>();
  for (const tier of TIERS) {
    const rule = tierRules(policy).find(({ id }) => id === tier);
    if (!rule) continue;
    const mayBeRemoved = (gone: { noncurrentSince: Date; newerVersions: number }): boolean =>
      gone.newerVersions > rule.newerNoncurrentVersions &&
      midnightFrom(addDays(gone.noncurrentSince, rule.noncurrentDays)) <= now;
    const ofTier = versions.filter((record) => record.tier === tier);
    const kept = ofTier.filter(({ gone }) => !gone);
    const chain = auditChain(
      kept.map(({ versionId, etag, storedAt, manifest }) => ({
        version: { tier, versionId, etag, storedAt: new Date(storedAt) },
        manifest,
      })),
      mayBeRemoved,
    );
    for (const { versionId } of chain.missing) missing.set(versionId, tier);
    // No version names the newest one as its predecessor: only the history shows that it existed.
    ofTier.forEach(({ gone, versionId }, index) => {
      const successor = ofTier[index - 1];
      const newerVersions = ofTier.slice(0, index).filter((record) => !record.gone).length;
      const noncurrentSince = successor && new Date(successor.storedAt);
      if (gone && !(noncurrentSince && mayBeRemoved({ noncurrentSince, newerVersions }))) {
        missing.set(versionId, tier);
      }
    });
  }
  return [
    ...findings,
    ...[...missing].map(([versionId, tier]) =>
      finding(
        'BACKUP_MISSING',
        tenant,
        `version ${versionId} of ${vaultKey(tier, tenant)} is gone before its time, or has other content`,
        { tier, versionId },
        versionId,
      ),
    ),
  ];
}

/** Reports losses and changes that look accidental, while the vault still keeps the backups before them. */
export function assessContent(history: TenantHistory, settings: AuditSettings, now: Date): NewFinding[] {
  const { changePercent, minimumObjects, compareDays } = settings;
  const { tenant } = history;
  const nights = history.versions.filter((record) => isNight(record) && record.verdict === 'ok');
  const [newest, ...older] = nights.sort((a, b) => takenAt(b).getTime() - takenAt(a).getTime());
  if (!newest) return [];
  const since = takenAt(newest).getTime() - compareDays * DAY;
  const findings: NewFinding[] = [];
  const recent = older
    .filter((record) => areAlike(record, newest))
    .filter((record, index) => index === 0 || takenAt(record).getTime() >= since);
  findings.push(
    ...assessLoss(tenant, newest, recent, settings),
    ...assessEmptiness(tenant, newest, recent),
    ...assessCredentials(tenant, newest, recent, settings),
  );
  for (const { change, versionId, storedAt } of [newest, ...older]) {
    if (!change || Date.parse(storedAt) < now.getTime() - compareDays * DAY) continue;
    const differing = change.added + change.removed + change.changed;
    const objects = change.compared + change.added;
    if (differing < minimumObjects || differing * 100 < objects * changePercent) continue;
    findings.push(
      finding(
        'MASS_CHANGE',
        tenant,
        `${differing} of ${objects} objects changed with version ${versionId} of ${storedAt.slice(0, 10)}`,
        { versionId, differing, objects },
        versionId,
      ),
    );
  }
  return findings;
}
