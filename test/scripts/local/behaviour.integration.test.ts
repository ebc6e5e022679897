import { fileURLToPath } from 'node:url';
import { CreateKeyCommand, DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deployStack } from '../../../scripts/local/deploy.ts';
import { readLambdaLogs } from '../../../scripts/local/lambda-logs.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { eventually, processesThatMention } from './processes.ts';

/**
 * What the product and its proofs take for granted of the local AWS, on a small app with one of each service, so that
 * an upgrade which breaks it is noticed here.
 */
const APP_FOLDER = fileURLToPath(new URL('fixtures/app', import.meta.url));

let localAws: LocalAws;
let outputs: Record<string, string>;
const reports: string[] = [];

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  outputs = await deployStack({
    localAws,
    appFolder: APP_FOLDER,
    stackName: 'Probe',
    context: { probe: { greeting: 'good day' } },
    report: (line) => reports.push(line),
  });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await localAws?.stop();
  expect(await processesThatMention(localAws.dataFolder)).toEqual([]);
});

const invoke = async (event: object) => {
  const { FunctionError, Payload } = await new LambdaClient(clientSettings(localAws)).send(
    new InvokeCommand({ FunctionName: outputs['FunctionName'], Payload: JSON.stringify(event) }),
  );
  return { error: FunctionError, answer: JSON.parse(Payload?.transformToString() ?? 'null') };
};

describe('deployStack', () => {
  test('reports its steps and gives the outputs', () => {
    expect(reports).toEqual(
      expect.arrayContaining([
        'bootstrapping the local AWS',
        'deploying Probe',
        expect.stringMatching(/^synthesized in /),
        'created AWS::S3::Bucket Bucket',
      ]),
    );
    expect(Object.keys(outputs).sort()).toEqual(
      ['BucketName', 'DeadLetterQueueUrl', 'FunctionName', 'KeyArn', 'QueueUrl'].sort(),
    );
  });

  test('says what the app says when it refuses its context', async () => {
    const deployment = deployStack({
      localAws,
      appFolder: APP_FOLDER,
      stackName: 'Probe',
      context: { probe: { refuse: true } },
    });
    await expect(deployment).rejects.toThrow(/deploying Probe failed:.*probe refuses as asked/s);
  });
});

describe('Lambda', () => {
  test("runs on the project's Node with the context laid over, and stays warm", async () => {
    const { answer } = await invoke({ do: 'describe' });
    expect(answer).toMatchObject({ greeting: 'good day kept' });
    expect(answer.node).toMatch(/^v24\./);
    expect((await invoke({ do: 'describe' })).answer.startedAt).toBe(answer.startedAt);
  });

  test('names the error in errorType, as AWS does', async () => {
    expect(await invoke({ do: 'fail' })).toMatchObject({
      error: 'Unhandled',
      answer: { errorType: 'AS_ASKED', errorMessage: 'failed as asked' },
    });
  });

  test('ends a function that takes too long', async () => {
    const { error, answer } = await invoke({ do: 'sleep', milliseconds: 30_000 });
    expect(error).toBe('Unhandled');
    expect(answer.errorMessage).toMatch(/timed out after 2\.00 seconds/);
  });

  test('has written what it printed to its log group when it answers', async () => {
    for (const what of ['recognisable-line-1', 'recognisable-line-2']) {
      await invoke({ do: 'say', what });
      expect(await readLambdaLogs(localAws)).toContain(`said ${what}\n`);
    }
  });
});

describe('permissions', () => {
  test('lets a role do what its policy allows and nothing else', async () => {
    expect((await invoke({ do: 'put', key: 'allowed/a' })).answer).toMatchObject({ status: 200 });
    const { answer } = await invoke({ do: 'put', key: 'other/a' });
    expect(answer).toMatchObject({
      status: 403,
      said: expect.stringContaining('no identity-based policy allows'),
    });
  });

  test('enforces a bucket policy that asks for TLS', async () => {
    const { answer } = await invoke({
      do: 'put',
      key: 'allowed/a',
      headers: { 'x-forwarded-proto': 'http' },
    });
    expect(answer).toMatchObject({ status: 403, said: expect.stringContaining('explicit deny') });
  });
});

describe('S3', () => {
  test('keeps versions with tags of their own, and puts only where nothing is when asked to', async () => {
    const s3 = new S3Client(clientSettings(localAws));
    const object = { Bucket: outputs['BucketName'], Key: 'daily/acme.tar' };
    const first = await s3.send(new PutObjectCommand({ ...object, Body: '1', Tagging: 'time=one' }));
    const second = await s3.send(new PutObjectCommand({ ...object, Body: '22', Tagging: 'time=two' }));
    const { Versions } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: object.Bucket, Prefix: object.Key }),
    );
    expect(Versions?.map(({ VersionId, Size }) => [VersionId, Size])).toEqual([
      [second.VersionId, 2],
      [first.VersionId, 1],
    ]);
    const { TagSet } = await s3.send(
      new GetObjectTaggingCommand({ ...object, ...(first.VersionId ? { VersionId: first.VersionId } : {}) }),
    );
    expect(TagSet).toEqual([{ Key: 'time', Value: 'one' }]);
    await expect(
      s3.send(new PutObjectCommand({ ...object, Body: '3', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });
});

describe('KMS', () => {
  test('opens a data key only with the encryption context it was made with', async () => {
    const kms = new KMSClient(clientSettings(localAws));
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const { CiphertextBlob } = await kms.send(
      new GenerateDataKeyCommand({
        KeyId: KeyMetadata?.KeyId,
        KeySpec: 'AES_256',
        EncryptionContext: { a: 'b' },
      }),
    );
    const open = (context: Record<string, string>) =>
      kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }));
    expect((await open({ a: 'b' })).Plaintext).toHaveLength(32);
    await expect(open({ a: 'c' })).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });
});

describe('Secrets Manager', () => {
  test('lists names and tags by the beginning of the name', async () => {
    const secrets = new SecretsManagerClient(clientSettings(localAws));
    const Tags = [{ Key: 'product:schedule', Value: 'nightly' }];
    await secrets.send(new CreateSecretCommand({ Name: 'product/tenants/acme', SecretString: '{}', Tags }));
    await secrets.send(new CreateSecretCommand({ Name: 'elsewhere', SecretString: '{}' }));
    const { SecretList } = await secrets.send(
      new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['product/tenants/'] }] }),
    );
    expect(SecretList).toMatchObject([{ Name: 'product/tenants/acme', Tags }]);
  });
});

describe('SQS', () => {
  test('hands only the failed messages of a batch over again, and then to the dead-letter queue', async () => {
    const sqs = new SQSClient(clientSettings(localAws));
    const Entries = ['good-1', 'bad', 'good-2'].map((MessageBody, index) => ({
      Id: `${index}`,
      MessageBody,
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: outputs['QueueUrl'], Entries }));
    const dead: (string | undefined)[] = [];
    const receive = new ReceiveMessageCommand({
      QueueUrl: outputs['DeadLetterQueueUrl'],
      WaitTimeSeconds: 1,
    });
    await eventually(async () => {
      const { Messages = [] } = await sqs.send(receive);
      dead.push(...Messages.map(({ Body }) => Body));
      return dead.length > 0;
    });
    expect(dead).toEqual(['bad']);
    const logs = await readLambdaLogs(localAws);
    const received = (body: string): number => logs.split(`received ${body} `).length - 1;
    expect([received('good-1'), received('bad'), received('good-2')]).toEqual([1, 2, 1]);
  });
});

describe('EventBridge Scheduler', () => {
  test('fires at the full minute, some seconds late', async () => {
    const isSaid = async (): Promise<boolean> => (await readLambdaLogs(localAws)).includes('said scheduled');
    expect(await eventually(isSaid, { seconds: 90 })).toBe(true);
  });
});
