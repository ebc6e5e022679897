import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { eventually } from './processes.ts';

/** Rules of AWS that the emulator alone does not have, and the local AWS always has. */

let localAws: LocalAws;
let cloudFormation: CloudFormationClient;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  cloudFormation = new CloudFormationClient(clientSettings(localAws));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await localAws?.stop();
});

const ROLE = 'arn:aws:iam::000000000000:role/any';
const FUNCTION = 'arn:aws:lambda:eu-central-1:000000000000:function:any';
const target = { Arn: FUNCTION, RoleArn: ROLE };
const code = { Role: ROLE, Runtime: 'nodejs24.x', Handler: 'index.handler' } as const;
/** An environment that Lambda measures as so many bytes. */
const environmentOf = (bytes: number) => ({ Variables: { A: 'x'.repeat(bytes - '{"A":""}'.length) } });
const A64 = 'a'.repeat(64);

/** Deploys a resource, and returns why it failed, or null. */
async function deployed(StackName: string, Type: string, Properties: object, isUpdate = false) {
  const TemplateBody = JSON.stringify({ Resources: { It: { Type, Properties } } });
  const stack = { StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  await cloudFormation.send(isUpdate ? new UpdateStackCommand(stack) : new CreateStackCommand(stack));
  let status = '';
  await eventually(async () => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    status = Stacks?.[0]?.StackStatus ?? '';
    return !status.endsWith('_IN_PROGRESS');
  });
  if (status === (isUpdate ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE')) return null;
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  const failed = StackEvents.find(
    ({ ResourceStatus, LogicalResourceId }) =>
      LogicalResourceId === 'It' && /_FAILED$/.test(ResourceStatus ?? ''),
  );
  return failed?.ResourceStatusReason ?? status;
}

describe('a template', () => {
  const functionWith = (properties: object) => ({ ...code, Code: { ZipFile: '0' }, ...properties });
  const schedule = { FlexibleTimeWindow: { Mode: 'OFF' }, Target: target };
  const policyOf = (count: number) => ({
    Version: '2012-10-17',
    Statement: Array.from({ length: count }, () => ({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: '*',
    })),
  });

  test.each<[what: string, type: string, taken: object, refused: object, why: RegExp]>([
    [
      'an environment over 4 KB',
      'AWS::Lambda::Function',
      functionWith({ Environment: environmentOf(4096) }),
      functionWith({ Environment: environmentOf(4097) }),
      /exceed the 4 KB limit: 4097 bytes/,
    ],
    [
      'a function with a name over 64 characters',
      'AWS::Lambda::Function',
      functionWith({ FunctionName: A64 }),
      functionWith({ FunctionName: `${A64}a` }),
      /FunctionName must have length less than or equal to 64, has 65/,
    ],
    [
      'a function with a name of other characters',
      'AWS::Lambda::Function',
      functionWith({ FunctionName: 'a-b_c' }),
      functionWith({ FunctionName: 'a.b' }),
      /FunctionName must satisfy regular expression pattern/,
    ],
    [
      'a description over its length',
      'AWS::Scheduler::Schedule',
      { ...schedule, ScheduleExpression: 'rate(1 day)', Description: 'x'.repeat(512) },
      { ...schedule, ScheduleExpression: 'rate(1 day)', Description: 'x'.repeat(513) },
      /Description must have length less than or equal to 512/,
    ],
    [
      'a schedule that never comes',
      'AWS::Scheduler::Schedule',
      { ...schedule, ScheduleExpression: 'cron(0 2 * * ? *)' },
      { ...schedule, ScheduleExpression: 'cron(0 2 * * * *)' },
      /Invalid Schedule Expression cron\(0 2 \* \* \* \*\)/,
    ],
    [
      'a policy over its size',
      'AWS::IAM::ManagedPolicy',
      { PolicyDocument: policyOf(50) },
      { PolicyDocument: policyOf(150) },
      /PolicyDocument must have length less than or equal to 6144/,
    ],
  ])('is refused for %s, also in an update', async (what, type, taken, refused, why) => {
    const name = what.replaceAll(/[^a-z0-9]+/g, '-');
    expect(await deployed(`Fresh-${name}`, type, refused)).toMatch(why);
    expect(await deployed(`Changed-${name}`, type, taken)).toBeNull();
    expect(await deployed(`Changed-${name}`, type, refused, true)).toMatch(why);
  });
});

describe('Lambda', () => {
  test('refuses an environment over 4 KB, and a name over 64 characters', async () => {
    const lambda = new LambdaClient(clientSettings(localAws));
    // An empty archive.
    const ZipFile = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);
    const create = (FunctionName: string, bytes: number) =>
      lambda.send(
        new CreateFunctionCommand({
          ...code,
          FunctionName,
          Code: { ZipFile },
          Environment: environmentOf(bytes),
        }),
      );
    const refused = (message: RegExp) => ({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(message),
    });
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    };
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await new IAMClient(clientSettings(localAws)).send(
      new CreateRoleCommand({ RoleName: 'any', AssumeRolePolicyDocument: trust }),
    );
    await expect(create('one', 4097)).rejects.toMatchObject(refused(/4 KB limit/));
    await expect(create(`${A64}a`, 100)).rejects.toMatchObject(refused(/FunctionName must have length/));
    await create('one', 4096);
    const update = (bytes: number) =>
      lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName: 'one', Environment: environmentOf(bytes) }),
      );
    await expect(update(4097)).rejects.toMatchObject(refused(/4 KB limit/));
    await update(4096);
  });
});

describe('EventBridge Scheduler', () => {
  let count = 0;
  const create = (ScheduleExpression: string, Name = `schedule-${++count}`) =>
    new SchedulerClient(clientSettings(localAws)).send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: target,
      }),
    );
  const refused = { name: 'ValidationException' };

  test.each([
    'cron(0 2 * * ? *)',
    'cron(0/15 8-17 ? * MON-FRI 2030-2040)',
    'cron(0 8 LW * ? *)',
    'cron(0 8 ? * 2#1 *)',
    'rate(5 minutes)',
    'at(2030-02-28T13:00:00)',
  ])('takes %s', async (expression) => {
    await create(expression);
  });

  test.each([
    ['two days that decide', 'cron(0 2 * * * *)'],
    ['no day that decides', 'cron(0 2 ? * ? *)'],
    ['a question mark in place of a minute', 'cron(? 2 * * ? *)'],
    ['a minute beyond its bounds', 'cron(60 2 * * ? *)'],
    ['an hour beyond its bounds', 'cron(0 24 * * ? *)'],
    ['a day beyond its bounds', 'cron(0 2 32 * ? *)'],
    ['a month beyond its bounds', 'cron(0 2 * 13 ? *)'],
    ['a weekday beyond its bounds', 'cron(0 2 ? * 0 *)'],
    ['a year beyond its bounds', 'cron(0 2 * * ? 1969)'],
    ['a missing field', 'cron(0 2 * * ?)'],
    ['a rate of zero', 'rate(0 days)'],
    ['a rate of an unknown unit', 'rate(1 week)'],
    ['a day that does not exist', 'at(2030-02-30T13:00:00)'],
    ['a time zone in the expression', 'at(2030-02-28T13:00:00Z)'],
    ['a word', 'daily'],
  ])('refuses %s: %s', async (_, expression) => {
    await expect(create(expression)).rejects.toMatchObject(refused);
  });

  test('refuses a name over 64 characters', async () => {
    await create('rate(1 day)', A64);
    await expect(create('rate(1 day)', `${A64}a`)).rejects.toMatchObject(refused);
  });
});

describe('S3', () => {
  test('tells the time of an object in whole seconds, wherever it tells it', async () => {
    const s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
    const Bucket = 'times';
    await s3.send(new CreateBucketCommand({ Bucket }));
    // Not all of them within the first millisecond of a second.
    for (const Key of ['a', 'b', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '1' }));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const heads = await Promise.all(
      ['a', 'b', 'c'].map((Key) => s3.send(new HeadObjectCommand({ Bucket, Key }))),
    );
    const times = [...Contents, ...Versions, ...heads].map(({ LastModified }) => LastModified?.getTime());
    expect(times).toHaveLength(9);
    for (const time of times) expect((time ?? Number.NaN) % 1000).toBe(0);
    expect(times.slice(0, 3)).toEqual(times.slice(6));
  });

  test('gives an object that came in parts the time at which the upload began', async () => {
    const s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
    const object = { Bucket: 'parts', Key: 'a' };
    await s3.send(new CreateBucketCommand(object));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
    const began = Math.floor(Date.now() / 1000);
    await eventually(() => Math.floor(Date.now() / 1000) > began + 1);
    const part = { ...object, UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: '1' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
    const { LastModified } = await s3.send(new HeadObjectCommand(object));
    expect((LastModified?.getTime() ?? 0) / 1000).toBeLessThanOrEqual(began);
  });
});
