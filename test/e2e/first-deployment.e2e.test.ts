import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { GetBucketPolicyCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { deployStack } from '../../scripts/local/deploy.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';
import { assemblyOf } from '../assemblies.ts';

/** A first deployment that fails, its repetition, and the end of the stack, with the settings of `cdk.json`. */

let localAws: LocalAws;
let cloudFormation: CloudFormationClient;
let s3: S3Client;
let kms: KMSClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  const settings = clientSettings(localAws);
  cloudFormation = new CloudFormationClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  kms = new KMSClient(settings);
  logs = new CloudWatchLogsClient(settings);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  for (const client of [cloudFormation, s3, kms, logs]) client?.destroy();
  await localAws?.stop();
});

const deploy = async () => deployStack({ localAws, assemblyFolder: await assemblyOf({}) });

/** Deploys a template that KMS refuses at its end: once everything that stays is there, an alias gets a reserved name. */
async function deployBroken() {
  const assemblyFolder = await assemblyOf({ tenantBackup: { tags: { attempt: 'first' } } });
  const file = join(assemblyFolder, `${STACK_NAME}.template.json`);
  const template = JSON.parse(await readFile(file, 'utf8')) as { Resources: Record<string, Resource> };
  const resources = Object.entries(template.Resources);
  const alias = resources.find(([, { Type }]) => Type === 'AWS::KMS::Alias')?.[1];
  if (!alias) throw new Error('the template has no alias');
  alias.Properties['AliasName'] = 'alias/aws/reserved';
  alias.DependsOn = resources.flatMap(([id, { DeletionPolicy }]) =>
    DeletionPolicy === RETAINED ? [id] : [],
  );
  await writeFile(file, JSON.stringify(template));
  return deployStack({ localAws, assemblyFolder });
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  DependsOn?: string[];
}
const RETAINED = 'RetainExceptOnCreate';

const status = async () => {
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: STACK_NAME }));
  return Stacks?.[0]?.StackStatus;
};

const buckets = async (): Promise<string[]> => {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return Buckets.map(({ Name = '' }) => Name).filter((name) => name.startsWith(STACK_NAME.toLowerCase()));
};

/** Everything of the deployment that stays when its stack goes. */
const kept = async () => {
  const { Keys = [] } = await kms.send(new ListKeysCommand({}));
  const states = await Promise.all(
    Keys.map(async ({ KeyId }) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata),
  );
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  return {
    buckets: (await buckets()).length,
    keys: states.filter((key) => key?.KeyState === 'Enabled' && key.KeyManager === 'CUSTOMER').length,
    logGroups: logGroups.filter(({ logGroupName }) => logGroupName?.includes(STACK_NAME)).length,
  };
};

const endTerminationProtection = () =>
  cloudFormation.send(
    new UpdateTerminationProtectionCommand({ StackName: STACK_NAME, EnableTerminationProtection: false }),
  );

test('a first deployment that fails leaves no key, bucket or log group behind', async () => {
  await expect(deployBroken()).rejects.toThrow(/alias\/aws\//);
  expect(await status()).toBe('ROLLBACK_COMPLETE');
  expect(await kept()).toEqual({ buckets: 0, keys: 0, logGroups: 0 });
});

test('is refused again until its stack may be deleted, and then succeeds', async () => {
  await expect(deploy()).rejects.toThrow(/TerminationProtection is enabled/);
  await endTerminationProtection();
  await deploy();
  expect(await status()).toBe('CREATE_COMPLETE');
  expect(await kept()).toEqual({ buckets: 3, keys: 9, logGroups: 6 });
});

test('a deleted stack leaves keys, logs, and buckets with their policies', async () => {
  const before = await kept();
  await expect(cloudFormation.send(new DeleteStackCommand({ StackName: STACK_NAME }))).rejects.toThrow(
    /TerminationProtection is enabled/,
  );
  await endTerminationProtection();
  await cloudFormation.send(new DeleteStackCommand({ StackName: STACK_NAME }));
  await waitUntilStackDeleteComplete({ client: cloudFormation, maxWaitTime: 120 }, { StackName: STACK_NAME });
  expect(await kept()).toEqual(before);
  for (const Bucket of await buckets()) {
    const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    expect(Policy, Bucket).toContain('aws:SecureTransport');
    if (Bucket.includes('vault')) expect(Policy).toContain('OnlyTheLifecycleDeletes');
  }
});
