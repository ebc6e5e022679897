import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBackupQueue, type QueuedRequest } from '../../functions/backup/backup-queue.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';

let localAws: LocalAws;
let sqs: SQSClient;

beforeAll(async () => {
  localAws = await startLocalAws();
  sqs = new SQSClient(clientSettings(localAws));
});

afterAll(async () => {
  sqs?.destroy();
  await localAws?.stop();
});

const createQueue = async (name: string): Promise<string> =>
  (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? '';

async function tenantsIn(url: string): Promise<string[]> {
  const tenants: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return tenants.sort();
    for (const { Body = '' } of Messages) {
      const { tenant, ...others } = JSON.parse(Body) as Record<string, string>;
      expect(others).toEqual({ tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' });
      tenants.push(tenant ?? '');
    }
  }
}

test('puts every request into the queue of its lane, once, and nothing but the request', async () => {
  const [main, eu] = [await createQueue('main'), await createQueue('eu')];
  const requests = Array.from(
    { length: 137 },
    (_, index): QueuedRequest => ({
      tenant: `t${index}`,
      tier: 'daily',
      scheduledTime: '2026-01-31T02:00:00Z',
      ...(index % 3 === 0 && { lane: 'eu' }),
    }),
  );
  await createBackupQueue(sqs, main, { eu }).send(requests);
  const namesOf = (lane: string | undefined) =>
    requests
      .filter((request) => request.lane === lane)
      .map(({ tenant }) => tenant)
      .sort();
  expect(await tenantsIn(main)).toEqual(namesOf(undefined));
  expect(await tenantsIn(eu)).toEqual(namesOf('eu'));
});
