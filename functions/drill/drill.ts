import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import { partOf } from '../restore/parts/parts.ts';
import { parseOperationRecord } from '../restore/record/operation-record.ts';
import { type RestoreReport, underLock } from '../restore/restore.ts';
import { type Call, type Operation, UNBOUNDED } from '../restore/source/restore-plan.ts';
import { exportState } from '../state/export-state.ts';
import { connectingUntil } from '../tenant/api/connecting-until.ts';
import type { Tenant } from '../tenant/api/tenant.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { beginReport, type DrillReport } from './drill-report.ts';
import { type DrillSource, openDrilled } from './drill-source.ts';
import { type ProbeBefore, probeWhenDue } from './probe-scratch.ts';
import type { DrillRequest } from './request.ts';
import { requireScratch } from './require-scratch.ts';
import { emptyingOf, restoringOf } from './scratch-operations.ts';
import type { DrillSettings } from './settings.ts';
import { type DrillTools, skipUndrillable, whoseTurn } from './whose-turn.ts';

/** Proves that a backup can be restored: restores a tenant's newest backup into the empty scratch tenant, compares every object
 * and measures the time. Probes the empty tenant if that is due. Writes the result to the ledger.
 * @throws NO_BACKUP if there is nothing to drill
 * @throws NOT_SCRATCH if the scratch tenant is not marked as one, or is the tenant itself; then nothing is written to it
 * @throws the errors of opening a backup and of `restore`; the report then says that the drill failed */
export async function drill(
  request: DrillRequest,
  settings: DrillSettings,
  tools: DrillTools,
  call: Call = UNBOUNDED,
): Promise<DrillReport> {
  const tenant = request.tenant ?? (await whoseTurn(settings, tools));
  const reason = request.tenant && (await skipUndrillable(tenant, settings, tools));
  if (reason) throw reason;
  const report = beginReport(tenant, settings, tools.now());
  const write = (document: DrillReport) => tools.ledger.write('drills', tenant, report.id, document);
  // Record the drill first: after one that is killed, the next drill takes another tenant.
  await write(report);
  const progress: Progress = {};
  try {
    const restored = await restoreInto(tenant, settings, tools, call, progress);
    const { counts, compared, equal, extra, leftOut } = restored;
    const ended = await measured(report, progress, tools);
    const verified: DrillReport = {
      ...ended,
      verdict: 'verified',
      counts,
      compared,
      equal,
      extra,
      leftOut,
      warnings: [...(progress.probe?.warnings ?? []), ...restored.warnings],
    };
    await write(verified);
    return verified;
  } catch (error) {
    const failure = toTenantBackupError(error);
    // Report why the drill failed, not why the ledger refused the entry.
    await write(failed(await measured(report, progress, tools), failure)).catch(() => {});
    throw failure;
  }
}

/** The progress of a drill. */
interface Progress {
  opened?: { readonly source: DrillSource; readonly operationId: string; readonly at: string };
  emptiedAt?: string;
  probe?: ProbeBefore & { readonly endedAt: string };
}

async function restoreInto(
  tenant: string,
  settings: DrillSettings,
  tools: DrillTools,
  call: Call,
  progress: Progress,
): Promise<RestoreReport> {
  const enrolment = await tools.enrolments.get(settings.into);
  requireOther(enrolment, tenant);
  requireScratch(enrolment);
  const source = await openDrilled(tenant, enrolment, settings, tools);
  const operationId = tools.randomUuid();
  const now = () => tools.now().toISOString();
  progress.opened = { source, operationId, at: now() };
  const bounded = connectingUntil(call.stop, tools);
  const apis = bounded.connect(enrolment, 'manage', operationId);
  const emptying = emptyingOf(enrolment, tools.randomUuid(), source);
  if (await isNeeded(emptying, apis)) await underLock(emptying, apis, bounded, call);
  progress.emptiedAt = now();
  // An empty tenant is the quickest to probe.
  progress.probe = { ...(await probeWhenDue(enrolment, tools, call)), endedAt: now() };
  return underLock(restoringOf(enrolment, operationId, source), apis, bounded, call);
}

async function isNeeded({ targets }: Operation, apis: Tenant): Promise<boolean> {
  for (const target of targets) {
    const part = partOf(target);
    const { changes } = part.planChanges(target, await exportState(target.part, apis));
    if ((changes.counts.pruned ?? 0) > 0) return true;
  }
  return false;
}

/** @throws NOT_SCRATCH */
function requireOther({ name }: Enrolment, tenant: string): void {
  if (name === tenant) {
    throw new TenantBackupError(
      'NOT_SCRATCH',
      `the scratch tenant must not be the drilled tenant "${tenant}"`,
      {
        tenant,
        into: name,
      },
    );
  }
}

/** Adds the backup and the times, on success and failure alike. */
async function measured(
  report: DrillReport,
  { opened, emptiedAt, probe }: Progress,
  { ledger, now }: DrillTools,
): Promise<DrillReport> {
  const begun = { phase: 'opening', at: report.at };
  const end = now().toISOString();
  if (opened === undefined) return timed(report, [begun], end);
  const { source, operationId, at } = opened;
  const known = { ...report, backup: source.reference, notDrilled: source.notDrilled, operationId };
  const marks = [begun, { phase: 'emptying', at }];
  if (emptiedAt === undefined) return timed(known, marks, end);
  const entry = await ledger.read('operations', report.into, operationId).catch(() => null);
  const { phases = [] } = parseOperationRecord(entry?.document, report.into, operationId) ?? {};
  // The last phase of an operation is its end: the rest of the drill takes no notable time.
  const last = phases.at(-1)?.at ?? end;
  const probing = probe?.wasDue ? [{ phase: 'probing', at: emptiedAt }] : [];
  const locking = { phase: 'locking', at: probe?.endedAt ?? emptiedAt };
  return timed(known, [...marks, ...probing, locking, ...phases.slice(0, -1)], last);
}

/** @param marks when each phase began */
function timed(
  report: DrillReport,
  marks: readonly { readonly phase: string; readonly at: string }[],
  end: string,
): DrillReport {
  const phases = marks.map(({ phase, at }, index) => ({
    phase,
    seconds: secondsBetween(at, marks[index + 1]?.at ?? end),
  }));
  const preparing = phases
    .filter(({ phase }) => phase === 'emptying' || phase === 'probing')
    .reduce((total, each) => total + each.seconds, 0);
  // Subtract milliseconds: differences of fractions are inexact.
  const seconds = Math.round((secondsBetween(report.at, end) - preparing) * 1000) / 1000;
  return { ...report, seconds, phases };
}

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

const failed = (report: DrillReport, { code, message, facts }: TenantBackupError): DrillReport => ({
  ...report,
  verdict: code === 'TENANT_LOCKED' ? 'refused' : 'failed',
  code,
  compared: countOf(facts['compared']),
  equal: countOf(facts['equal']),
  problems: [{ code, message }],
});

const countOf = (fact: unknown): number => (typeof fact === 'number' ? fact : 0);
