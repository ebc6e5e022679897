/** A day of a schedule that stores only changes: what it stores, calls and costs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import { LATEST_KEY } from '../../functions/audit/report-store.client.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { createJsonObjects } from '../../functions/vault/storage/json-objects.client.ts';
import { createLedgerProofs } from '../../functions/vault/storage/ledger-proofs.client.ts';
import { startChaosProxy } from '../chaos/chaos-proxy.ts';
import { type Deployment, openDeployment } from '../demo/deployment.ts';
import { deployStack } from '../local/deploy.ts';
import { startLocalAws } from '../local/local-aws.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { table } from '../terminal/table.ts';
import { queueEvent } from './backup.ts';
import { bigTenant } from './big-tenant.ts';
import { costOfDay } from './checks-cost.ts';
import { inKilobytesOrMegabytes } from './figures.ts';

const DAY = { checks: 288, changes: 4, exportBytes: 100_000 } as const;

const TENANT = 'acme';
const SCHEDULE = { name: 'often', expression: 'rate(5 minutes)', storeUnchanged: false } as const;
const DAY_MILLISECONDS = 86_400_000;

/** What a day of checks did. */
export interface CheckedDay {
  /** New versions in the tier of the schedule, the first of the tenant included. */
  readonly versions: number;
  /** Size of these versions. */
  readonly bytes: number;
  /** Calls of the backup function to AWS, by service and action. */
  readonly calls: Readonly<Record<string, number>>;
  /** State of the last request, as `status` tells it. */
  readonly state: string | undefined;
  /** The tenant in an audit afterwards, and the check that it counts. */
  readonly freshness: string | undefined;
  readonly checkedAt: string | null | undefined;
}

/** Plays a day of checks on the deployed stack, and prices it. */
export async function benchChecks(report: (line: string) => void) {
  const day = await playDay(DAY, report);
  const { dollars, lines } = costOfDay(day.calls, DAY);
  const calls = Object.entries(day.calls).sort(([, a], [, b]) => b - a);
  const rows = calls.map(([call, count]) => [call, String(count), (count / DAY.checks).toFixed(2)]);
  const text = [
    `${DAY.checks} checks of a tenant of ${inKilobytesOrMegabytes(DAY.exportBytes)} that changes ${DAY.changes} times:`,
    `${day.versions} versions of ${inKilobytesOrMegabytes(day.bytes)} in all; ${DAY.checks} versions would have ${inKilobytesOrMegabytes((day.bytes / day.versions) * DAY.checks)}`,
    `afterwards: ${day.state}, ${day.freshness}`,
    '',
    table(['call of the backup function', 'a day', 'a check'], rows),
    '',
    table(['price', 'a day', 'dollars'], lines),
    '',
    `${(dollars * 100).toFixed(1)} cents a day and tenant, ${(dollars * 30).toFixed(2)} dollars in 30 days, beside what the deployment costs anyway`,
  ].join('\n');
  return { figures: { ...day, dollars }, text };
}

/** Plays checks of one tenant, evenly spread over a day, with changes of the tenant evenly in between. */
export async function playDay(
  { checks, changes, exportBytes }: { checks: number; changes: number; exportBytes: number },
  report: (line: string) => void,
): Promise<CheckedDay> {
  const calls: Record<string, number> = {};
  const proxy = await startChaosProxy(({ service, action }) => {
    const name = `${service} ${action}`;
    calls[name] = (calls[name] ?? 0) + 1;
  });
  const localAws = await startLocalAws({ functionsEndpoint: proxy.url, report });
  proxy.forwardTo(localAws.endpoint);
  const sandbox = await startSandbox();
  report('deploy the stack');
  // Copies would depend on the day on which this runs.
  const context = { tenantBackup: { removal: 'destroy', schedules: [SCHEDULE], promote: [] } };
  const deployment = openDeployment(localAws, await deployStack({ localAws, context }));
  try {
    const tree = JSON.parse(bigTenant(exportBytes).full.toString('utf8'));
    const { issuer, clients } = sandbox.addTenant({ id: TENANT, tree });
    const [client] = clients;
    const enrolment = {
      issuer,
      clientId: client?.clientId,
      clientSecret: client?.clientSecret,
      parts: ['hub'],
    };
    await deployment.enrolments.add(TENANT, JSON.stringify(enrolment), SCHEDULE.name);
    report(`${checks} checks`);
    // A day that lies ahead, so that no stored version may be of an earlier request for the same time, as in production.
    const midnight = Math.ceil(Date.now() / DAY_MILLISECONDS) * DAY_MILLISECONDS;
    const changeEvery = Math.floor(checks / (changes + 1));
    for (let check = 0; check < checks; check++) {
      const change = check / changeEvery;
      if (Number.isInteger(change) && change >= 1 && change <= changes) {
        // S3 knows whole seconds: within one of them, no version is the newest.
        await sleep(1_100);
        sandbox.changeTenant(TENANT, (live) => void Object.assign(live, { name: `change ${change}` }));
      }
      await checkAt(new Date(midnight + (check * DAY_MILLISECONDS) / checks), { deployment, localAws });
    }
    const ofBackups = { ...calls };
    await deployment.invoke('auditFunction', {});
    const { backup } = await deployment.invoke<StatusReport>('statusFunction', { tenant: TENANT });
    const stored = await deployment.vault.listVersions('daily', TENANT);
    return {
      versions: stored.length,
      bytes: stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      calls: ofBackups,
      state: backup?.state,
      ...(await auditedTenant(deployment)),
    };
  } finally {
    deployment.close();
    await Promise.all([sandbox.close(), localAws.stop(), proxy.close()]);
  }
}

/** Calls the backup function as the queue does after a schedule's request.
 * @throws Error if the check failed */
async function checkAt(
  time: Date,
  stage: Parameters<typeof queueEvent>[1] & { readonly deployment: Deployment },
): Promise<void> {
  const scheduledTime = `${time.toISOString().slice(0, 19)}Z`;
  const request = { tenant: TENANT, tier: 'daily', scheduledTime, storeUnchanged: false } as const;
  const { batchItemFailures } = await stage.deployment.invoke<{ batchItemFailures: unknown[] }>(
    'backupFunction',
    queueEvent(request, stage),
  );
  if (batchItemFailures.length > 0) throw new Error(`the check for ${scheduledTime} failed`);
}

async function auditedTenant({
  s3,
  kms,
  output,
}: Deployment): Promise<Pick<CheckedDay, 'freshness' | 'checkedAt'>> {
  const proofs = createLedgerProofs(kms, JSON.parse(output('ledgerKeys')));
  const found = await createJsonObjects(s3, output('ledgerBucket'), proofs).get(LATEST_KEY);
  const report = found?.document as AuditReport | undefined;
  const line = report?.tenants.find(({ tenant }) => tenant === TENANT);
  return { freshness: line?.freshness, checkedAt: line?.newest?.checkedAt };
}
