import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clients } from '../../functions/runtime/clients.ts';
import { followBackups, waiting } from '../../scripts/cli/aws/follow-backups.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { clientsInProcess, type Deployed, deploy, enrol } from '../deployed.ts';
import { hoursAgo } from '../nights.ts';

/** A backup function whose process is really killed (SIGKILL) at every try: nothing of it reports anything. */

const DELIVERIES = 5;
const request = { tenant: 'acme', tier: 'manual', scheduledTime: hoursAgo(1) } as const;

let deployed: Deployed;
let sandbox: Sandbox;
let clients: Clients;

beforeAll(async () => {
  deployed = await deploy({ maxReceiveCount: DELIVERIES, retryDelaySeconds: 0 });
  sandbox = await startSandbox();
  clients = await clientsInProcess(deployed);
  await enrol(deployed, sandbox, { id: 'acme', tree: demoTenants()[0]?.tree ?? {} });
});

afterAll(async () => {
  await sandbox?.close();
  await deployed?.close();
});

/** Kills the processes of the backup function of this local AWS, whose data folder is in their command lines. */
function killFunction(): void {
  const { dataFolder } = deployed.localAws;
  const name = `-${deployed.deployment.output('backupFunction').split(':').at(-1)}-`;
  const lines = execFileSync('ps', ['-e', '-o', 'pid,args'], { encoding: 'utf8' }).split('\n');
  for (const line of lines) {
    if (line.includes(dataFolder) && line.includes(name)) process.kill(Number.parseInt(line, 10), 'SIGKILL');
  }
}

const exportsOf = () => sandbox.requests.filter(({ path }) => path.includes('/promote/config')).length;

test('leaves a dead letter and a record with the reason, and the command says that the backup failed', async () => {
  const { sqs, output } = deployed.deployment;
  const Attributes = { VisibilityTimeout: '5' };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: output('queueUrl'), Attributes }));
  sandbox.setFault('acme', { kind: 'hang', on: 'export' });
  await deployed.deployment.invoke('dispatchFunction', {
    tenants: ['acme'],
    tier: request.tier,
    scheduledTime: request.scheduledTime,
  });
  let seen = 0;
  const killer = setInterval(() => {
    if (exportsOf() === seen) return;
    seen = exportsOf();
    killFunction();
  }, 200);
  const [result] = await followBackups([waiting(request)], {
    ...clients,
    onPending: () => {},
    onFailedTry: () => {},
    isTimedOut: () => false,
    pause: () => sleep(500),
  }).finally(() => clearInterval(killer));
  expect(seen).toBeGreaterThanOrEqual(DELIVERIES);
  expect(result).toMatchObject({
    outcome: 'failed',
    code: 'FUNCTION_KILLED',
    message: expect.stringContaining('delivery 5 of 5 ended without a result'),
  });
  const { Messages: [letter] = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: output('deadLetterQueueUrl'),
      WaitTimeSeconds: 5,
      MessageAttributeNames: ['All'],
    }),
  );
  expect(JSON.parse(letter?.Body ?? '')).toEqual(request);
  expect(letter?.MessageAttributes?.['code']?.StringValue).toBe('FUNCTION_KILLED');
});
