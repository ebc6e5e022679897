import { toTenantBackupError } from '../defect.ts';
import { mapLimited } from '../map-limited.ts';
import type { OpeningTools } from '../state/open-backup.ts';
import type { Enrolments } from '../tenant/enrolment/enrolment.client.ts';
import type { Opener } from '../vault/format/opener.ts';
import type { KeyRegistry } from '../vault/keys/key-registry.client.ts';
import { type BackupKey, trustedKeysOf } from '../vault/keys/key-registry.ts';
import type { Sealer } from '../vault/keys/sealer.client.ts';
import { compareBucket, type SettingDifference } from '../vault/retention/retention-check.ts';
import type { RetentionPolicy } from '../vault/retention/retention-policy.ts';
import type { KeptBackups } from '../vault/storage/kept-backups.client.ts';
import type { RetentionClient } from '../vault/storage/retention.client.ts';
import { acknowledgeIn } from './acknowledge.ts';
import type { AlarmTopic } from './alarm-topic.client.ts';
import { assessCopies, assessRecipients, assessSource } from './assess/assess-course.ts';
import { assessEnrolment } from './assess/assess-enrolment.ts';
import { assessEvents } from './assess/assess-events.ts';
import { assessAudit, assessDrills, assessKeys, assessVault } from './assess/assess-fleet.ts';
import { assessFloods } from './assess/assess-floods.ts';
import { assessLedger } from './assess/assess-ledger.ts';
import { assessSlowLoss } from './assess/assess-shrink.ts';
import { assessChain, assessContent, assessFreshness, assessVersions } from './assess/assess-tenant.ts';
import { type AuditReport, auditReport, tenantLine } from './audit-report.ts';
import { dateFindings, type NewFinding } from './findings.ts';
import { gatherFleet, type Member } from './fleet.ts';
import {
  areAlike,
  isComplete,
  isNight,
  manifestRecord,
  sameContent,
  type TenantHistory,
  type VersionRecord,
} from './history.ts';
import { healthOfKeys, type OwnKeys } from './keys/key-health.ts';
import type { KeyStates } from './keys/key-states.client.ts';
import { markFlags } from './mark-flags.ts';
import { markReplays } from './mark-replays.ts';
import { Budget } from './memory-budget.ts';
import { changeBetween } from './night-change.ts';
import { type Configurations, readBackup } from './open-configuration.ts';
import { publishReport } from './publish-report.ts';
import type { ReportStore } from './report-store.client.ts';
import type { AuditRequest } from './request.ts';
import type { AuditSettings } from './settings.ts';
import { meansBroken } from './verdict.ts';

/** Clients and settings of the audit. */
export interface AuditTools extends OpeningTools {
  readonly sealer: Pick<Sealer, 'opener'>;
  readonly enrolments: Pick<Enrolments, 'entries'>;
  readonly keptBackups: Pick<KeptBackups, 'inventory'>;
  readonly keyRegistry: KeyRegistry;
  readonly keyStates: KeyStates;
  readonly ownKeys: OwnKeys;
  readonly retention: RetentionPolicy;
  readonly retentionClient: Pick<RetentionClient, 'readSettings'>;
  readonly vaultBucket: string;
  readonly reports: ReportStore;
  readonly topic: AlarmTopic;
  readonly settings: AuditSettings;
  now(): Date;
}

/** Backups of ordinary size that may be open at the same time; each takes one memory unit. */
const OPENINGS = 4;
/** Limit of concurrent small requests. */
const REQUESTS = 16;

/** Assesses every tenant's backups, writes the report and notifies operators of changes.
 * @param goOn returns false when time runs short; the next audit opens the remaining backups
 * @throws AWS_UNAVAILABLE, AWS_ACCESS_DENIED if a required read fails; an alarm then reports the silent audit
 * @throws INVALID_REQUEST see `acknowledgeIn` */
export async function audit(
  tools: AuditTools,
  goOn: () => boolean,
  { acknowledge }: AuditRequest = {},
): Promise<AuditReport> {
  const begun = tools.now();
  const [enrolled, inventory, backupKeys, vaultSettings, latest] = await Promise.all([
    tools.enrolments.entries(),
    tools.keptBackups.inventory(),
    tools.keyRegistry.list(),
    readVaultSettings(tools),
    tools.reports.readLatest(),
  ]);
  const previous = acknowledge ? acknowledgeIn(latest.content, acknowledge, begun) : latest.content;
  const events = await tools.reports.readEvents(previous);
  const fleet = await gatherFleet(enrolled, inventory, events.byTenant, begun, tools);
  const opened = await openNewBackups(fleet, backupKeys, tools, goOn);
  for (const member of fleet)
    member.history = markFlags(await markReplays(member.history, tools), tools.settings);
  const keys = await healthOfKeys(
    fleet.map(({ history }) => history),
    backupKeys,
    tools.ownKeys,
    (keyArns) => mapLimited(keyArns, REQUESTS, (keyArn) => tools.keyStates.describe(keyArn)),
  );
  const unopened = fleet.reduce((sum, { history }) => sum + history.versions.filter(isUnopened).length, 0);

  const judged = fleet.map((tenant) => assessTenant(tenant, tools, begun));
  const found = [
    ...judged.flatMap((each) => each.findings),
    ...assessKeys(keys),
    ...assessRecipients(fleet.map(({ history }) => history)),
    ...assessVault(vaultSettings),
    ...assessLedger(
      [...latest.passedOver, ...fleet.flatMap(({ passedOver }) => passedOver), ...events.passedOver],
      events.unread,
    ),
    ...assessDrills(
      fleet.map(({ history }) => history),
      tools.settings,
      begun,
    ),
    ...assessAudit(previous?.auditedAt ?? null, unopened, tools.settings, begun),
  ];
  const reportWith = (further: readonly NewFinding[], messagedAt: string | null): AuditReport =>
    auditReport({
      findings: dateFindings(
        [...found, ...further],
        previous?.findings ?? [],
        begun,
        tools.settings.compareDays,
      ),
      tenants: judged.map(({ line }) => line),
      keys,
      vaultSettings,
      messagedAt,
      seconds: Math.round((tools.now().getTime() - begun.getTime()) / 1000),
      previous,
      opened,
      unopened,
      now: begun,
    });
  return publishReport({ fleet, previous, begun, reportWith }, tools);
}

const isUnopened = ({ gone, verdict }: VersionRecord): boolean => !gone && verdict === 'unopened';

/** Opens the backups that no audit has opened, the newest of every tenant first. It retries broken backups last.
 * @returns the number of backups opened */
async function openNewBackups(
  fleet: readonly Member[],
  backupKeys: readonly BackupKey[],
  tools: AuditTools,
  goOn: () => boolean,
): Promise<number> {
  let opened = 0;
  const budget = new Budget(OPENINGS * MEMORY_UNIT_BYTES);
  const waiting = fleet.flatMap((member) =>
    member.history.versions
      .filter((record) => isUnopened(record) || (record.verdict === 'broken' && !record.gone))
      .map(({ tier, versionId, verdict, sizeBytes }, turn) => ({
        member,
        tier,
        versionId,
        sizeBytes,
        turn: verdict === 'broken' ? Number.POSITIVE_INFINITY : turn,
      })),
  );
  waiting.sort((a, b) => a.turn - b.turn);
  await mapLimited(waiting, REQUESTS, async ({ member, tier, versionId, sizeBytes }) => {
    if (!goOn()) return;
    const find = () =>
      member.history.versions.find((record) => record.tier === tier && record.versionId === versionId);
    const record = find();
    if (!record) return;
    const judged = await budget.use(Math.max(sizeBytes * INFLATION, MEMORY_UNIT_BYTES), () =>
      assessVersion(member, record, backupKeys, tools),
    );
    if (judged.verdict === 'ok' || judged.verdict === 'broken') opened++;
    const versions = member.history.versions.map((each) =>
      each.tier === tier && each.versionId === versionId ? judged : each,
    );
    member.history = { ...member.history, versions };
  });
  return opened;
}

/** Memory for two parsed configurations, as a multiple of an archive's size. */
const INFLATION = 60;
const MEMORY_UNIT_BYTES = 128 * 1024 * 1024;

/** Assesses one backup, and its change since the previous one. */
async function assessVersion(
  { tenant, history }: Member,
  record: VersionRecord,
  backupKeys: readonly BackupKey[],
  tools: AuditTools,
): Promise<VersionRecord> {
  const same = record.verdict === 'unopened' ? sameContent(history, record) : undefined;
  if (same) {
    const { verdict, problem, manifest } = same;
    return { ...record, verdict, problem, manifest };
  }
  const opener = tools.sealer.opener(trustedKeysOf(backupKeys, tenant));
  let judged = record;
  try {
    const backup = await readBackup({ ...record, tenant }, opener, tools);
    judged = { ...record, manifest: manifestRecord(backup.manifest) };
    const configurations = await backup.openConfigurations();
    judged = { ...judged, verdict: 'ok', problem: null };
    return { ...judged, change: await changeSince(history, judged, configurations, opener, tools) };
  } catch (error) {
    const failure = toTenantBackupError(error);
    const { code, message } = failure;
    const problem = { code, message };
    if (code === 'BACKUP_ARCHIVED') return { ...judged, verdict: 'archived', problem };
    return meansBroken(failure) ? { ...judged, verdict: 'broken', problem } : { ...judged, problem };
  }
}

async function changeSince(
  { tenant, versions }: TenantHistory,
  judged: VersionRecord,
  configurations: Configurations,
  opener: Opener,
  tools: AuditTools,
): Promise<VersionRecord['change']> {
  if (!isNight(judged)) return null;
  // By their order, as S3 knows whole seconds.
  const older = versions.slice(versions.findIndex(({ versionId }) => versionId === judged.versionId) + 1);
  const before = older.find(
    (record) =>
      record.tier === judged.tier &&
      !record.gone &&
      record.verdict !== 'broken' &&
      record.verdict !== 'archived' &&
      isComplete(record) &&
      areAlike(record, judged),
  );
  if (!before) return null;
  try {
    const backup = await readBackup({ ...before, tenant }, opener, tools);
    return changeBetween(await backup.openConfigurations(), configurations, before.versionId);
  } catch {
    // The audit reports a problem of the previous backup when it assesses that backup itself.
    return null;
  }
}

function assessTenant(
  { enrolled, deleted, history }: Member,
  { settings, retention }: AuditTools,
  now: Date,
): { findings: NewFinding[]; line: ReturnType<typeof tenantLine> } {
  const { freshness, findings } = assessFreshness(history, enrolled, settings, now);
  return {
    findings: [
      ...findings,
      ...assessEnrolment(history, enrolled, settings, now),
      ...assessSource(history),
      ...assessCopies(history, settings.compareDays, now),
      ...assessVersions(history),
      ...assessChain(history, deleted, retention, now),
      ...(enrolled ? [...assessContent(history, settings, now), ...assessSlowLoss(history, settings)] : []),
      ...assessFloods(history, settings, now),
      // A failed drill is a finding about its source tenant.
      ...(history.tenant === settings.drill?.into ? [] : assessEvents(history, now)),
    ],
    line: tenantLine(history, enrolled, freshness, now),
  };
}

const readVaultSettings = async ({
  retentionClient,
  retention,
  vaultBucket,
}: AuditTools): Promise<SettingDifference[]> =>
  compareBucket(retention, vaultBucket, await retentionClient.readSettings());
