import { fileURLToPath } from 'node:url';
import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { AuditAnswer } from '../../functions/audit/audit-answer.ts';
import type { DispatchReport } from '../../functions/dispatch/dispatch.ts';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import type { RestoreReport } from '../../functions/restore/restore.ts';
import { ENROLMENT_PREFIX, EnvironmentName, SCHEDULE_TAG } from '../../functions/runtime/names.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { damage } from '../../scripts/demo/damage.ts';
import { demoTenants } from '../../scripts/demo/tenants.ts';
import { clientSettings } from '../../scripts/local/local-aws.ts';
import { runProgram } from '../../scripts/local/run-program.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { LocalVault } from '../audit/local-vault.ts';
import { differences } from '../restore/stage.ts';
import { type Moto, startMoto } from './moto.ts';
import { INSTALLATION_MILLISECONDS } from './python.ts';

/** Runs the entries of the functions against an emulator of other authors, to find what only one of the two accepts. */

const TENANT = 'acme';
const ANSWER = 'answer: ';

let moto: Moto;
let sandbox: Sandbox;
let storage: LocalVault;
let sqs: SQSClient;
let queueUrl: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  moto = await startMoto();
  vi.stubEnv('AWS_ENDPOINT_URL', moto.endpoint);
  storage = await LocalVault.start();
  // Moto applies a Deny whatever its condition is, and so the one of requests without TLS to all requests.
  await storage.s3.send(new DeleteBucketPolicyCommand({ Bucket: 'vault' }));
  sandbox = await startSandbox();
  sqs = new SQSClient(clientSettings(storage.localAws));
  const queue = async (QueueName: string) =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  queueUrl = await queue('requests');
  environment = {
    ...storage.processEnvironment('TenantBackup'),
    [EnvironmentName.queueUrl]: queueUrl,
    [EnvironmentName.deadLetterQueueUrl]: await queue('dead-letters'),
    [EnvironmentName.maxReceiveCount]: '5',
    [EnvironmentName.retryDelaySeconds]: '60',
  };
  await enrol();
}, INSTALLATION_MILLISECONDS);
afterAll(async () => {
  vi.unstubAllEnvs();
  sqs?.destroy();
  await sandbox?.close();
  await storage?.stop();
  await moto?.stop();
});

async function enrol(): Promise<void> {
  const { issuer, clients } = sandbox.addTenant({ id: TENANT, tree: demoTenants()[0]?.tree ?? {} });
  const [{ clientId, clientSecret } = expect.fail('the tenant has no client')] = clients;
  const secrets = new SecretsManagerClient(clientSettings(storage.localAws));
  await secrets.send(
    new CreateSecretCommand({
      Name: ENROLMENT_PREFIX + TENANT,
      SecretString: JSON.stringify({ issuer, clientId, clientSecret }),
      Tags: [{ Key: SCHEDULE_TAG, Value: 'nightly' }],
    }),
  );
  secrets.destroy();
}

/** Runs a function's entry in a process of its own, as Lambda does.
 * @returns its answer */
async function invoke<Answer>(verb: string, event: object): Promise<Answer> {
  const entry = fileURLToPath(new URL(`../../functions/${verb}/${verb}.lambda.ts`, import.meta.url));
  const program = `const { handler } = await import(${JSON.stringify(entry)});
    const context = { functionName: '${verb}', awsRequestId: 'request-1', getRemainingTimeInMillis: () => 600_000 };
    console.log(${JSON.stringify(ANSWER)} + JSON.stringify(await handler(${JSON.stringify(event)}, context)));`;
  const { output, exitCode } = await runProgram(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { environment },
  );
  expect(exitCode, output).toBe(0);
  const line = output.split('\n').findLast((text) => text.startsWith(ANSWER)) ?? expect.fail(output);
  return JSON.parse(line.slice(ANSWER.length)) as Answer;
}

/** The event of a message, as Lambda's poller makes it. */
const eventOf = (
  { MessageId = '', ReceiptHandle = '', Body = '' }: Message,
  deliveries: number,
): SQSEvent => ({
  Records: [
    {
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: {
        ApproximateReceiveCount: String(deliveries),
        ApproximateFirstReceiveTimestamp: String(Date.now()),
        SenderId: 'dispatch',
        SentTimestamp: String(Date.now()),
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${storage.localAws.region}:123456789012:requests`,
      awsRegion: storage.localAws.region,
    },
  ],
});

it('backs up, restores and audits a tenant on an emulator of other authors', async () => {
  const scheduledTime = `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}Z`;
  const dispatched = await invoke<DispatchReport>('dispatch', {
    schedule: 'nightly',
    tier: 'daily',
    scheduledTime,
  });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
  const [message = expect.fail('dispatch sent no message')] = Messages;

  const first = await invoke<SQSBatchResponse>('backup', eventOf(message, 1));
  const again = await invoke<SQSBatchResponse>('backup', eventOf(message, 2));
  const versions = await storage.vault.listVersions('daily', TENANT);
  const good = sandbox.tenant(TENANT);

  sandbox.changeTenant(TENANT, (live) => void damage(live, 'tenant-backup'));
  const planned = await invoke<PlanAnswer>('plan', { tenant: TENANT });
  const restored = await invoke<RestoreReport>('restore', { tenant: TENANT });
  const state = await invoke<StatusReport>('status', { tenant: TENANT });
  const audited = await invoke<AuditAnswer>('audit', {});

  expect(dispatched.tenants).toBe(1);
  expect([first, again]).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
  expect(versions).toHaveLength(1);
  expect(differences(sandbox.tenant(TENANT), good)).toEqual([]);
  expect(await storage.vault.listVersions('safety', TENANT)).toHaveLength(1);
  expect(planned.changes.length).toBeGreaterThan(0);
  expect(restored.verdict).toBe('verified');
  expect(state).toMatchObject({
    operation: { operationId: restored.operationId, activity: 'ended' },
    backup: { state: 'stored', request: { tenant: TENANT } },
  });
  // Moto drops the count of versions to keep from a rule, and the policy is gone: see above.
  expect(Object.keys(audited.findings)).toEqual(['VAULT_SETTINGS_CHANGED']);
  expect(audited.counts).toMatchObject({ tenants: 1 });
});
