import { planChanges } from '../config/change-set.ts';
import { requirePossible } from '../config/require-possible.ts';
import { toTenantBackupError } from '../defect.ts';
import { TenantBackupError } from '../errors.ts';
import { hubPart } from '../restore/hub-part.ts';
import { refuseUnlisted } from '../restore/judge-changes.ts';
import type { OperationRecord } from '../restore/operation.ts';
import type { PartWork } from '../restore/part.ts';
import { type RestoreReport, underLock, untilStopped } from '../restore/restore.ts';
import { type Call, type RestoreTools, UNBOUNDED, type Work } from '../restore/work.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import { chooseTenant } from './choose-tenant.ts';
import { beginReport, type DrillReport, phaseSeconds, secondsBetween } from './drill-report.ts';
import { type DrillSource, openDrilled } from './drill-source.ts';
import type { DrillRequest } from './request.ts';
import type { DrillSettings } from './settings.ts';

export type DrillTools = RestoreTools & {
  /** @returns names of the tenants that have backups */
  backedUp(): Promise<string[]>;
};

/** Prove that a backup can be restored: restore the newest one of a tenant into the scratch tenant, until that is nothing
 * else, compare it object by object, and measure how long it took. Whatever comes of it is in the ledger.
 * @throws NO_BACKUP if there is nothing to drill
 * @throws NOT_SCRATCH if the scratch tenant is not marked as one, or is the very tenant; then nothing was written to it
 * @throws the errors of opening a backup and of `restore`: the drill has failed, and its report says so */
export async function drill(
  request: DrillRequest,
  settings: DrillSettings,
  tools: DrillTools,
  call: Call = UNBOUNDED,
): Promise<DrillReport> {
  const tenant = request.tenant ?? (await whoseTurn(settings, tools));
  const report = beginReport(tenant, settings, tools.now());
  const write = (document: DrillReport) => tools.ledger.write('drills', tenant, report.id, document);
  // A drill that is killed has had its turn all the same: the next one is another tenant's.
  await write(report);
  const progress: Progress = {};
  try {
    const restored = await restoreInto(tenant, settings, tools, call, progress);
    const { compared, equal, extra, leftOut, warnings } = restored;
    const ended = await measured(report, progress, tools);
    const proved: DrillReport = { ...ended, verdict: 'proved', compared, equal, extra, leftOut, warnings };
    await write(proved);
    return proved;
  } catch (error) {
    const failure = toTenantBackupError(error);
    // Why it failed is worth more than why that could not be written down.
    await write(failed(await measured(report, progress, tools), failure)).catch(() => {});
    throw failure;
  }
}

/** How far a drill has come. */
interface Progress {
  opened?: { readonly source: DrillSource; readonly operationId: string; readonly at: string };
}

async function whoseTurn({ tenants, into }: DrillSettings, tools: DrillTools): Promise<string> {
  const candidates = (tenants ?? (await tools.backedUp())).filter((each) => each !== into);
  const chosen = chooseTenant(candidates, await tools.ledger.listAll('drills'));
  if (chosen !== null) return chosen;
  throw new TenantBackupError('NO_BACKUP', 'no tenant has a backup to drill', { into });
}

async function restoreInto(
  tenant: string,
  settings: DrillSettings,
  tools: DrillTools,
  call: Call,
  progress: Progress,
): Promise<RestoreReport> {
  const scratch = await tools.enrolments.get(settings.into);
  requireScratch(scratch, tenant);
  const source = await openDrilled(tenant, scratch, settings, tools);
  const operationId = tools.randomUuid();
  progress.opened = { source, operationId, at: tools.now().toISOString() };
  const apis = untilStopped(tools, call).connect(scratch, 'manage', operationId);
  const work: Work = {
    operationId,
    operation: 'restore',
    tenant: scratch.name,
    enrolment: scratch,
    apis,
    mode: 'update',
    // What did not become as promised is there to be looked at.
    onFailure: 'leave',
    requestedBy: 'drill',
    request: { tenant, into: scratch.name, versionId: source.reference.versionId, prune: true },
    backup: source.reference,
    parts: [partOf(source, scratch, apis)],
  };
  return underLock(work, tools, call);
}

/** The whole tree, and nothing besides it: of a scratch tenant any number of objects may be deleted. */
const partOf = (source: DrillSource, scratch: Enrolment, { hub }: Work['apis']): PartWork =>
  hubPart({
    hub,
    mode: 'update',
    send: 'changes',
    plan: (live) => {
      const changes = planChanges(source.tree, live, {
        mode: 'update',
        credentials: 'restore',
        prune: true,
        ownClientId: scratch.clientId,
        secretPointers: source.secretPointers,
      });
      return { ...changes, warnings: [...source.warnings, ...changes.warnings] };
    },
    judge: (changes) => {
      refuseUnlisted(changes, scratch.workspaces);
      requirePossible(changes);
    },
  });

/** @throws NOT_SCRATCH */
function requireScratch({ name, scratch }: Enrolment, tenant: string): void {
  if (name === tenant) {
    throw new TenantBackupError('NOT_SCRATCH', `a drill of "${tenant}" must be into another tenant`, {
      tenant,
      into: name,
    });
  }
  if (scratch === true) return;
  throw new TenantBackupError(
    'NOT_SCRATCH',
    `enrolment "${name}" must say "scratch": true, as a drill overwrites and deletes everything in that tenant`,
    { tenant, into: name },
  );
}

/** Add what is known of backup and times, whichever end there was. */
async function measured(
  report: DrillReport,
  { opened }: Progress,
  { ledger, now }: DrillTools,
): Promise<DrillReport> {
  const end = now().toISOString();
  if (opened === undefined) return timed(report, [], end);
  const { source, operationId, at } = opened;
  const known = { ...report, backup: source.reference, notDrilled: source.notDrilled, operationId };
  const entry = await ledger.read('operations', report.into, operationId).catch(() => null);
  const { phases = [] } = (entry?.document ?? {}) as Partial<OperationRecord>;
  // The last phase of an operation is its end; what a drill does afterwards takes no time worth telling.
  const last = phases.at(-1)?.at ?? end;
  return timed(known, [{ phase: 'locking', at }, ...phases.slice(0, -1)], last);
}

function timed(
  report: DrillReport,
  marks: readonly { readonly phase: string; readonly at: string }[],
  end: string,
): DrillReport {
  const all = [{ phase: 'opening', at: report.at }, ...marks, { phase: 'end', at: end }];
  return { ...report, seconds: secondsBetween(report.at, end), phases: phaseSeconds(all) };
}

const failed = (report: DrillReport, { code, message, facts }: TenantBackupError): DrillReport => ({
  ...report,
  verdict: code === 'TENANT_LOCKED' ? 'refused' : 'failed',
  code,
  compared: countOf(facts['compared']),
  equal: countOf(facts['equal']),
  problems: [{ code, message }],
});

const countOf = (fact: unknown): number => (typeof fact === 'number' ? fact : 0);
