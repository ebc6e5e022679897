import { fileURLToPath } from 'node:url';
import {
  CloudFormationClient,
  CreateStackCommand,
  ListStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
  TagResourceCommand as TagSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AWKWARD_AWS } from '../../../scripts/local/awkward.ts';
import { deployStack } from '../../../scripts/local/deploy.ts';
import { readLambdaLogs } from '../../../scripts/local/lambda-logs.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { assumeRole } from '../../deployed.ts';
import { eventually } from './processes.ts';

/** Each switch of the local AWS, seen from outside. */

let localAws: LocalAws;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws({ awkward: AWKWARD_AWS });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await localAws?.stop();
});

describe('secretsListLagSeconds', () => {
  test('lists show a new secret, its new tag and its deletion after a while, a description shows them at once', async () => {
    const secrets = new SecretsManagerClient(clientSettings(localAws));
    const secret = { SecretId: 'new' };
    const Tags = [{ Key: 'schedule', Value: 'nightly' }];
    const listed = async () => (await secrets.send(new ListSecretsCommand({}))).SecretList;
    const eventuallyListed = (expected: object[]) =>
      expect.poll(listed, { timeout: 30_000 }).toMatchObject(expected);
    await secrets.send(new CreateSecretCommand({ Name: 'new', SecretString: '{}' }));
    expect(await listed()).toEqual([]);
    expect(await secrets.send(new DescribeSecretCommand(secret))).toMatchObject({ Name: 'new' });
    await eventuallyListed([{ Name: 'new' }]);
    await secrets.send(new TagSecretCommand({ ...secret, Tags }));
    expect((await listed())?.[0]?.Tags ?? []).toEqual([]);
    expect(await secrets.send(new DescribeSecretCommand(secret))).toMatchObject({ Tags });
    await eventuallyListed([{ Tags }]);
    await secrets.send(new DeleteSecretCommand({ ...secret, ForceDeleteWithoutRecovery: true }));
    expect(await listed()).toMatchObject([{ Name: 'new', Tags }]);
    await expect(secrets.send(new DescribeSecretCommand(secret))).rejects.toThrow(/can't find/);
    await eventuallyListed([]);
  });
});

describe('kmsLagSeconds', () => {
  let root: KMSClient;

  beforeAll(() => {
    root = new KMSClient(clientSettings(localAws));
  });

  /** Returns whether a role that may seal under this condition alone may seal under a key. */
  const sealingOnlyIf = async (name: string, Condition: object) => {
    const iam = new IAMClient(clientSettings(localAws));
    const policy = (statement: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
    const AssumeRolePolicyDocument = policy({ Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
    const PolicyDocument = policy({ Action: 'kms:GenerateDataKey', Resource: '*', Condition });
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'seal', PolicyDocument }));
    const credentials = await assumeRole(localAws, Role?.Arn ?? '');
    const kms = new KMSClient({ ...clientSettings(localAws), credentials });
    return (KeyId: string): Promise<boolean> =>
      kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })).then(
        () => true,
        (error: Error) => {
          expect(error.name).toBe('AccessDeniedException');
          return false;
        },
      );
  };

  test('policies see a new alias, and the deletion of one, after a while; lists show it at once', async () => {
    const maySeal = await sealingOnlyIf('by-alias', {
      'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/ours/*' },
    });
    const { KeyMetadata } = await root.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await root.send(new CreateAliasCommand({ AliasName: 'alias/ours/a', TargetKeyId: KeyId }));
    const { Aliases } = await root.send(new ListAliasesCommand({ KeyId }));
    expect(Aliases).toMatchObject([{ AliasName: 'alias/ours/a' }]);
    expect(await maySeal(KeyId)).toBe(false);
    expect(await eventually(() => maySeal(KeyId))).toBe(true);
    await root.send(new DeleteAliasCommand({ AliasName: 'alias/ours/a' }));
    expect(await maySeal(KeyId)).toBe(true);
    expect(await eventually(async () => !(await maySeal(KeyId)))).toBe(true);
  });

  test('policies see a tag, also one of a new key, and the loss of it, after a while', async () => {
    const maySeal = await sealingOnlyIf('by-tag', { StringEquals: { 'aws:ResourceTag/owner': 'us' } });
    const Tags = [{ TagKey: 'owner', TagValue: 'us' }];
    const { KeyMetadata } = await root.send(new CreateKeyCommand({ Tags }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    expect(await maySeal(KeyId)).toBe(false);
    expect(await eventually(() => maySeal(KeyId))).toBe(true);
    await root.send(new UntagResourceCommand({ KeyId, TagKeys: ['owner'] }));
    expect(await maySeal(KeyId)).toBe(true);
    expect(await eventually(async () => !(await maySeal(KeyId)))).toBe(true);
    await root.send(new TagResourceCommand({ KeyId, Tags }));
    expect(await maySeal(KeyId)).toBe(false);
    expect(await eventually(() => maySeal(KeyId))).toBe(true);
  });
});

describe('duplicateDeliveries', () => {
  let outputs: Record<string, string>;

  beforeAll(async () => {
    const appFolder = fileURLToPath(new URL('fixtures/app', import.meta.url));
    outputs = await deployStack({ localAws, appFolder, stackName: 'Probe' });
  });

  /** How often the function has printed this. */
  const timesSaid = async (text: string): Promise<number> =>
    (await readLambdaLogs(localAws)).split(text).length - 1;

  const functionSettings = () => ({ FunctionName: outputs['FunctionName'] });

  test('a message comes again, under its id, and no third time', async () => {
    const sqs = new SQSClient(clientSettings(localAws));
    const message = { QueueUrl: outputs['QueueUrl'], MessageBody: 'repeated' };
    const { MessageId } = await sqs.send(new SendMessageCommand(message));
    const received = () => timesSaid(`received repeated ${MessageId}`);
    expect(await eventually(async () => (await received()) === 2)).toBe(true);
    // What was sent later has come twice since.
    await sqs.send(new SendMessageCommand({ ...message, MessageBody: 'later' }));
    expect(await eventually(async () => (await timesSaid('received later')) === 2)).toBe(true);
    expect(await received()).toBe(2);
  });

  test('a message that fails goes to the dead-letter queue once, after all its deliveries', async () => {
    const sqs = new SQSClient(clientSettings(localAws));
    await sqs.send(new SendMessageCommand({ QueueUrl: outputs['QueueUrl'], MessageBody: 'bad' }));
    const receive = { QueueUrl: outputs['DeadLetterQueueUrl'], WaitTimeSeconds: 1, VisibilityTimeout: 0 };
    const dead = async () => (await sqs.send(new ReceiveMessageCommand(receive))).Messages ?? [];
    expect(await eventually(async () => (await dead()).length > 0)).toBe(true);
    expect((await dead()).map(({ Body }) => Body)).toEqual(['bad']);
    expect(await timesSaid('received bad')).toBe(2);
  });

  test('an asynchronous invocation comes twice', async () => {
    const Payload = JSON.stringify({ do: 'say', what: 'asynchronous' });
    await new LambdaClient(clientSettings(localAws)).send(
      new InvokeCommand({ ...functionSettings(), InvocationType: 'Event', Payload }),
    );
    expect(await eventually(async () => (await timesSaid('said asynchronous')) === 2)).toBe(true);
  });

  test('a schedule fires twice, for the same scheduled time', async () => {
    const lambda = new LambdaClient(clientSettings(localAws));
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const [found] = Functions.filter(({ FunctionName }) => FunctionName === outputs['FunctionName']);
    const time = new Date(Date.now() - 5_000).toISOString().slice(0, 19);
    await new SchedulerClient(clientSettings(localAws)).send(
      new CreateScheduleCommand({
        Name: 'once',
        ScheduleExpression: `at(${time})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: found?.FunctionArn,
          RoleArn: found?.Role,
          Input: JSON.stringify({ do: 'say', what: 'due <aws.scheduler.scheduled-time>' }),
        },
      }),
    );
    expect(await eventually(async () => (await timesSaid(`said due ${time}Z`)) === 2)).toBe(true);
  });
});

describe('duplicateDeliveries of events', () => {
  test('an event of S3 reaches the target of a rule twice, under one id', async () => {
    const cloudFormation = new CloudFormationClient(clientSettings(localAws));
    const Stack = { StackName: 'Events' };
    const EventBridgeConfiguration = { EventBridgeEnabled: true };
    const Resources = {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: { BucketName: 'events', NotificationConfiguration: { EventBridgeConfiguration } },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'events' } },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['aws.s3'] },
          Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
        },
      },
    };
    const TemplateBody = JSON.stringify({ Resources });
    await cloudFormation.send(new CreateStackCommand({ ...Stack, TemplateBody }));
    await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 60, minDelay: 1 }, Stack);
    const s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: 'events', Key: 'a', Body: '1' }));
    const sqs = new SQSClient(clientSettings(localAws));
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'events' }));
    const ids: string[] = [];
    await eventually(async () => {
      const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
      const { Messages = [] } = await sqs.send(receive);
      ids.push(...Messages.map(({ Body = '{}' }) => JSON.parse(Body).id));
      return ids.length > 1;
    });
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('reorderMessages', () => {
  test('the newest message comes first', async () => {
    const sqs = new SQSClient(clientSettings(localAws));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'three' }));
    const Entries = ['1', '2', '3'].map((Id) => ({ Id, MessageBody: Id }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3 }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['3', '2', '1']);
  });
});

describe('throttledCallInterval', () => {
  type Answer = Promise<{ $metadata: { attempts?: number } }>;
  const settings = (maxAttempts: number) => ({ ...clientSettings(localAws), maxAttempts });

  test.each<[service: string, call: (maxAttempts: number) => Answer]>([
    ['CloudFormation', (n) => new CloudFormationClient(settings(n)).send(new ListStacksCommand({}))],
    ['CloudWatch Logs', (n) => new CloudWatchLogsClient(settings(n)).send(new DescribeLogGroupsCommand({}))],
    ['IAM', (n) => new IAMClient(settings(n)).send(new ListRolesCommand({}))],
    ['KMS', (n) => new KMSClient(settings(n)).send(new ListKeysCommand({}))],
    ['Lambda', (n) => new LambdaClient(settings(n)).send(new ListFunctionsCommand({}))],
    ['S3', (n) => new S3Client(settings(n)).send(new ListBucketsCommand({}))],
    ['EventBridge Scheduler', (n) => new SchedulerClient(settings(n)).send(new ListSchedulesCommand({}))],
    ['Secrets Manager', (n) => new SecretsManagerClient(settings(n)).send(new ListSecretsCommand({}))],
    ['SNS', (n) => new SNSClient(settings(n)).send(new ListTopicsCommand({}))],
    ['SQS', (n) => new SQSClient(settings(n)).send(new ListQueuesCommand({}))],
    ['STS', (n) => new STSClient(settings(n)).send(new GetCallerIdentityCommand({}))],
  ])(
    '%s refuses one call in so many, which the second attempt heals, and spares a client of one attempt',
    async (_, call) => {
      const attempts: unknown[] = [];
      for (let count = 0; count < 2 * AWKWARD_AWS.throttledCallInterval; count++) {
        attempts.push((await call(3)).$metadata.attempts);
      }
      expect(attempts.filter((each) => each === 2)).toHaveLength(2);
      expect(attempts.filter((each) => each === 1)).toHaveLength(attempts.length - 2);
      for (let count = 0; count < AWKWARD_AWS.throttledCallInterval; count++) {
        expect((await call(1)).$metadata.attempts).toBe(1);
      }
    },
  );
});
