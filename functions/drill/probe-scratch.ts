import { takeSafetyBackup } from '../backup/take-safety-backup.ts';
import { toTenantBackupError } from '../defect.ts';
import { knownBehaviour } from '../probe/known-behaviour.ts';
import { openLaboratory } from '../probe/laboratory.ts';
import { deploymentOf, type ProbeRecord } from '../probe/probe-record.ts';
import { runProbe } from '../probe/run-probe.ts';
import { holdingLock, type RestoreTools } from '../restore/restore.ts';
import { type Call, UNBOUNDED } from '../restore/source/restore-plan.ts';
import { connectingUntil } from '../tenant/api/connecting-until.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { DrillReport } from './drill-report.ts';
import { requireScratch } from './require-scratch.ts';
import type { DrillSettings } from './settings.ts';

/** Time to delete the last workspace, compare the tenant, and write the record. */
const RESERVE_MILLISECONDS = 120_000;

/** Finds out how the scratch tenant's deployment treats imports, and records it in the ledger. Works under the tenant's lock,
 * after a safety backup.
 * @throws NOT_SCRATCH, TENANT_LOCKED and the errors of the safety backup; then nothing is written to the tenant
 * @throws the errors of `runProbe` */
export async function probeScratch(
  { into }: Pick<DrillSettings, 'into'>,
  tools: RestoreTools,
  call: Call = UNBOUNDED,
  reserveMilliseconds = RESERVE_MILLISECONDS,
): Promise<ProbeRecord> {
  const enrolment = await tools.enrolments.get(into);
  requireScratch(enrolment);
  const operationId = tools.randomUuid();
  const at = tools.now().toISOString();
  const bounded = connectingUntil(call.stop, tools);
  const apis = bounded.connect(enrolment, 'manage', operationId);
  const reader = bounded.connect(enrolment, 'read-only', operationId);
  return holdingLock({ tenant: into, operationId }, tools, call, async (lock) => {
    const result = await runProbe(openLaboratory({ enrolment, apis, reader }), {
      async save() {
        const scheduledTime = `${at.slice(0, 19)}Z`;
        await takeSafetyBackup({ tenant: into, scheduledTime, enrolment, apis }, new Set(['hub']), bounded);
      },
      confirm: () => lock.confirm(),
      isLate: () => call.remainingMilliseconds() < reserveMilliseconds,
    });
    const record = { deployment: deploymentOf(enrolment), scratch: into, at, operationId, ...result };
    await tools.ledger.write('probes', record.deployment, into, record);
    return record;
  });
}

/** What a drill learns of the probe before it. */
export interface ProbeBefore {
  readonly wasDue: boolean;
  readonly warnings: DrillReport['warnings'];
}

/** Probes the emptied scratch tenant, unless a probe of its deployment is recent enough. Leaves two thirds of the time to the
 * drill, which proves a backup with or without a probe: a failure is a warning. */
export async function probeWhenDue(
  enrolment: Enrolment,
  tools: RestoreTools,
  call: Call,
): Promise<ProbeBefore> {
  try {
    const { isDue } = await knownBehaviour(deploymentOf(enrolment), tools);
    if (!isDue) return { wasDue: false, warnings: [] };
    const reserve = (call.remainingMilliseconds() * 2) / 3;
    const { leftBehind } = await probeScratch({ into: enrolment.name }, tools, call, reserve);
    const message = `the probe before the drill left ${leftBehind.length} changes: ${leftBehind.slice(0, 5).join(', ')}`;
    return {
      wasDue: true,
      warnings: leftBehind.length === 0 ? [] : [{ code: 'PROBE_LEFT_CHANGES', message }],
    };
  } catch (error) {
    const { code, message } = toTenantBackupError(error);
    return { wasDue: true, warnings: [{ code, message: `the probe before the drill failed: ${message}` }] };
  }
}
