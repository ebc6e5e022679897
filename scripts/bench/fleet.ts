import { setTimeout as sleep } from 'node:timers/promises';
import { CreateScheduleCommand, GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { mapLimited } from '../../functions/map-limited.ts';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { createKeptBackups } from '../../functions/vault/storage/kept-backups.client.ts';
import type { Deployment } from '../demo/deployment.ts';
import { table } from '../terminal/table.ts';
import { backUp } from './backup.ts';
import { bigTenant } from './big-tenant.ts';
import { inMegabytes } from './figures.ts';
import { benchSoak } from './soak.ts';
import type { World } from './world.ts';

const FLEETS = [100, 300, 1000] as const;

/** Exports of a small tenant, so that the figures show the work around the export. */
const EXPORT_BYTES = 20_000;
const PATIENCE_MILLISECONDS = 300_000;
const AT_ONCE = 20;

interface FleetFigures {
  readonly tenants: number;
  readonly stored: number;
  /** From the first backup stored to the last. */
  readonly seconds: number;
  readonly tenantsPerSecond: number;
  readonly peakBytes: number;
  readonly callsPerTenant: number;
}

/** Whole nights: the schedule fires, dispatch asks for every tenant, the queue feeds the backup function. Each fleet contains
 * the one before it, as tenants stay enrolled. */
export async function benchFleet(world: World, report: (line: string) => void) {
  const tree = bigTenant(EXPORT_BYTES).full.toString('utf8');
  const figures: FleetFigures[] = [];
  let enrolled = 0;
  for (const tenants of FLEETS) {
    report(`enrol ${tenants - enrolled} tenants`);
    await mapLimited(namesFrom(enrolled, tenants), AT_ONCE, (name) => world.enrol(name, tree, 'nightly'));
    enrolled = tenants;
    await world.sandbox.countRequests();
    report(`a night of ${tenants} tenants`);
    figures.push(await night(world, tenants));
  }
  const rows = figures.map((figure) => [
    String(figure.tenants),
    String(figure.stored),
    figure.seconds.toFixed(1),
    figure.tenantsPerSecond.toFixed(1),
    ((figure.seconds / figure.tenants) * 1000).toFixed(0),
    figure.callsPerTenant.toFixed(2),
    inMegabytes(figure.peakBytes),
  ]);
  const header = ['tenants', 'stored', 'seconds', 'tenants/s', 'ms each', 'calls each', 'peak'];
  report(`a night of ${LIMITED.tenants} tenants whose hosts limit their rate`);
  const limited = await limitedNight(world);
  const soak = await benchSoak(world, namesFrom(0, enrolled), report);
  return {
    figures: { nights: figures, limited, soak: soak.figures },
    text: `${table(header, rows)}\n\n${limitedText(limited)}\n\none process, backup after backup\n\n${soak.text}`,
  };
}

/** Tenants whose hub limits the rate of requests. A backup needs two exports. */
const LIMITED = { tenants: 20, perSecond: 1, exports: 2 } as const;

interface LimitedFigures {
  readonly tenants: number;
  readonly stored: number;
  readonly refused: number;
  readonly seconds: number;
  /** Time that the limit alone takes, to the time that it took. */
  readonly ofAllowedRate: number;
}

/** Tenants one after the other, as the local AWS has one container for each function, each with a limit that is met at once. */
async function limitedNight(world: World): Promise<LimitedFigures> {
  const tenants = namesFrom(0, LIMITED.tenants);
  const before = await world.sandbox.countRefused();
  await world.sandbox.limit(LIMITED.perSecond);
  const start = performance.now();
  try {
    for (const tenant of tenants) await backUp(world, tenant);
  } finally {
    await world.sandbox.limit(null);
  }
  const seconds = (performance.now() - start) / 1000;
  const versions = await Promise.all(
    tenants.map((tenant) => world.deployment.vault.listVersions('daily', tenant)),
  );
  const allowedSeconds = (LIMITED.tenants * (LIMITED.exports - 1)) / LIMITED.perSecond;
  return {
    tenants: LIMITED.tenants,
    // One of each night before, and this one.
    stored: versions.filter(({ length }) => length === FLEETS.length + 1).length,
    refused: (await world.sandbox.countRefused()) - before,
    seconds,
    ofAllowedRate: allowedSeconds / seconds,
  };
}

const limitedText = ({ tenants, stored, refused, seconds, ofAllowedRate }: LimitedFigures): string =>
  `${tenants} tenants that allow ${LIMITED.perSecond} request a second each: ${stored} stored in ${seconds.toFixed(1)} s, ` +
  `${refused} requests refused and waited out, at ${(ofAllowedRate * 100).toFixed(0)}% of the allowed rate`;

const namesFrom = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `fleet-${from + index}`);

/** Creates a schedule like the nightly one that fires once. It is a new one each time, as the local AWS fires a one-time
 * schedule only once, even after a change of its time. */
async function fireOnce({ scheduler }: Deployment, name: string, due: Date): Promise<void> {
  const nightly = await scheduler.send(new GetScheduleCommand({ GroupName: STACK_NAME, Name: 'nightly' }));
  await scheduler.send(
    new CreateScheduleCommand({
      GroupName: STACK_NAME,
      Name: name,
      ScheduleExpression: `at(${due.toISOString().slice(0, 19)})`,
      Target: nightly.Target,
      FlexibleTimeWindow: { Mode: 'OFF' },
    }),
  );
}

/** Counts messages that are waiting or in progress. */
async function messagesIn({ sqs, output }: Deployment): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: output('queueUrl'),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

/** @returns when it was so, in milliseconds
 * @throws Error if patience ends */
async function until(isSo: () => Promise<boolean>): Promise<number> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  while (!(await isSo())) {
    if (performance.now() > deadline)
      throw new Error(`a night must end within ${PATIENCE_MILLISECONDS / 1000} s`);
    await sleep(50);
  }
  return performance.now();
}

async function night(world: World, tenants: number): Promise<FleetFigures> {
  const kept = createKeptBackups(world.deployment.s3, world.deployment.output('vaultBucket'));
  const before = new Set((await kept.list()).map(({ versionId }) => versionId));
  await world.cool('backupFunction');
  const due = new Date(Date.now() + 2_000);
  await fireOnce(world.deployment, `night-of-${tenants}`, due);
  // The queue tells when the night begins and ends; listing the vault all the time would be work for the same local AWS.
  const first = await until(async () => (await messagesIn(world.deployment)) > 0);
  const last = await until(async () => (await messagesIn(world.deployment)) === 0);
  const stored = (await kept.list()).filter(({ versionId }) => !before.has(versionId)).length;
  const seconds = (last - first) / 1000;
  return {
    tenants,
    stored,
    seconds,
    tenantsPerSecond: stored / seconds,
    peakBytes: await world.peakBytes('backupFunction'),
    callsPerTenant: (await world.sandbox.countRequests()) / tenants,
  };
}
