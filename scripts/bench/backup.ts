import type { BackupRequest } from '../../functions/backup/request.ts';
import { table } from '../terminal/table.ts';
import { bigTenant } from './big-tenant.ts';
import {
  asRatio,
  inKilobytesOrMegabytes,
  inMegabytes,
  inMilliseconds,
  MEGABYTE,
  ratiosOf,
  type Spread,
  spreadOf,
} from './figures.ts';
import type { TenantInBench, World } from './world.ts';

/** Sizes of the exports, in megabytes, and how often each is measured. */
const SIZES = [
  { megabytes: 0.1, rounds: 9, coldRounds: 3 },
  { megabytes: 1, rounds: 9, coldRounds: 3 },
  { megabytes: 10, rounds: 5, coldRounds: 2 },
] as const;

interface BackupFigures {
  readonly exportBytes: number;
  /** Milliseconds. */
  readonly cold: Spread;
  readonly warm: Spread;
  readonly bare: Spread;
  readonly recipe: Spread;
  /** Of each round, to what was measured beside it. */
  readonly toBare: Spread;
  readonly recipeToWarm: Spread;
  /** Peak memory of the function's process. */
  readonly peakBytes: number;
}

/** One backup of one tenant, through the deployed function; against a function that exports and puts the same bytes and does
 * nothing else, and against the shell recipe. All three take turns. */
export async function benchBackup(world: World, report: (line: string) => void) {
  const figures: BackupFigures[] = [];
  for (const size of SIZES) {
    report(`back up ${size.megabytes} MB, ${size.rounds} rounds`);
    const { full } = bigTenant(size.megabytes * MEGABYTE);
    const tenant = await world.enrol(`bench-${size.megabytes * 1000}`, full.toString('utf8'));
    figures.push(await measure(world, tenant, full.byteLength, size));
  }
  const rows = figures.map((figure) => [
    inKilobytesOrMegabytes(figure.exportBytes),
    inMilliseconds(figure.cold),
    inMilliseconds(figure.warm),
    asRatio(figure.toBare),
    inMilliseconds(figure.recipe),
    asRatio(figure.recipeToWarm),
    inMegabytes(figure.peakBytes),
  ]);
  const header = ['export', 'cold', 'warm', 'warm to bare', 'shell recipe', 'recipe to warm', 'peak'];
  return { figures, text: table(header, rows) };
}

async function measure(
  world: World,
  tenant: TenantInBench,
  exportBytes: number,
  { rounds, coldRounds }: (typeof SIZES)[number],
): Promise<BackupFigures> {
  const bareEvent = {
    url: `${new URL(tenant.issuer).origin}/api/hub/${tenant.id}/promote/config?with_credentials=true`,
    token: await tokenOf(tenant),
    bucket: world.deployment.output('vaultBucket'),
    key: `safety/${tenant.id}.tar`,
  };
  const [cold, warm, bare, recipe]: number[][] = [[], [], [], []];
  for (let round = 0; round < coldRounds; round++) {
    await world.cool('backupFunction');
    cold?.push(await backUp(world, tenant.id));
  }
  await world.call('bare', bareEvent);
  for (let round = 0; round < rounds; round++) {
    warm?.push(await backUp(world, tenant.id));
    bare?.push((await world.call('bare', bareEvent)).milliseconds);
    // The recipe is slow; a few rounds suffice.
    if (round % 3 === 0) recipe?.push(await world.recipe('backup', tenant));
  }
  // A finally failed request goes to the dead-letter queue, and its message counts as done.
  const stored = (await world.deployment.vault.listVersions('daily', tenant.id)).length;
  if (stored !== coldRounds + rounds) {
    throw new Error(
      `${coldRounds + rounds} backups of ${tenant.id} must be stored, ${stored} are: see the function's log`,
    );
  }
  const [colds, warms, bares, recipes] = [cold ?? [], warm ?? [], bare ?? [], recipe ?? []];
  return {
    exportBytes,
    cold: spreadOf(colds),
    warm: spreadOf(warms),
    bare: spreadOf(bares),
    recipe: spreadOf(recipes),
    toBare: ratiosOf(warms, bares),
    recipeToWarm: ratiosOf(
      recipes,
      warms.filter((_, round) => round % 3 === 0),
    ),
    peakBytes: await world.peakBytes('backupFunction'),
  };
}

let requests = 0;

/** Calls the backup function as its queue does.
 * @returns milliseconds */
export async function backUp(world: World, tenant: string): Promise<number> {
  // Each for a time of its own: a second request for the same time would find the first one's backup. And none before a backup
  // that is there already, as on a real night: the function would look at that one's tags.
  const scheduledTime = `${new Date(Date.now() + requests++ * 5000).toISOString().slice(0, 19)}Z`;
  const { result, milliseconds } = await world.call<{ batchItemFailures: unknown[] }>(
    'backupFunction',
    queueEvent({ tenant, tier: 'daily', scheduledTime }, world),
  );
  if (result.batchItemFailures.length > 0)
    throw new Error(`a backup of ${tenant} failed: see the function's log`);
  return milliseconds;
}

/** Makes the event in which the queue delivers a request. */
export function queueEvent(
  request: BackupRequest,
  { deployment, localAws: { region } }: Pick<World, 'deployment' | 'localAws'>,
): object {
  const queueName = deployment.output('queueUrl').split('/').at(-1);
  return {
    Records: [
      {
        messageId: `bench-${request.scheduledTime}`,
        receiptHandle: 'bench',
        body: JSON.stringify(request),
        attributes: { ApproximateReceiveCount: '1' },
        messageAttributes: {},
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:${region}:000000000000:${queueName}`,
        awsRegion: region,
      },
    ],
  };
}

/** Gets an access token, as the recipe does. */
export async function tokenOf({ issuer, clientId, clientSecret }: TenantInBench): Promise<string> {
  const response = await fetch(`${issuer}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'manage_configuration' }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}
