import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** One alarm, as CloudWatch shows it. */
export interface AlarmState {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
}

/** The AWS account that the check runs on, with the credentials and the region of the environment. */
export interface Account {
  identity(): Promise<{ readonly account: string; readonly arn: string; readonly region: string }>;
  /** @returns the status of a stack; null if there is none */
  stackStatus(stack: string): Promise<string | null>;
  alarms(prefix: string): Promise<AlarmState[]>;
  /** Deletes a secret at once, so that another run can make it again. One that does not exist is no error. */
  deleteSecret(name: string): Promise<void>;
  /** @returns names of the buckets that the stack made and not yet deleted */
  buckets(stack: string): Promise<string[]>;
  /** Deletes every version of every object.
   * @returns their number */
  emptyBucket(bucket: string): Promise<number>;
}

/** Opens the account that the environment names: `AWS_PROFILE`, `AWS_REGION`, and so on. */
export function openAccount(): Account {
  const cloudFormation = new CloudFormationClient({});
  const cloudWatch = new CloudWatchClient({});
  const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  const secrets = new SecretsManagerClient({});
  const sts = new STSClient({});
  return {
    async identity() {
      const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
      return { account: Account, arn: Arn, region: await sts.config.region() };
    },
    async stackStatus(StackName) {
      try {
        const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
        return Stacks?.[0]?.StackStatus ?? null;
      } catch (error) {
        if (error instanceof Error && error.message.includes('does not exist')) return null;
        throw error;
      }
    },
    async alarms(AlarmNamePrefix) {
      const states: AlarmState[] = [];
      for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
        { client: cloudWatch },
        { AlarmNamePrefix },
      )) {
        for (const { AlarmName = '', StateValue = 'INSUFFICIENT_DATA', StateReason = '' } of MetricAlarms) {
          states.push({ name: AlarmName, state: StateValue, reason: StateReason });
        }
      }
      return states;
    },
    async deleteSecret(SecretId) {
      await secrets
        .send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
        .catch((error: Error) => {
          if (error.name !== 'ResourceNotFoundException') throw error;
        });
    },
    async buckets(StackName) {
      const buckets: string[] = [];
      for await (const { StackResourceSummaries = [] } of paginateListStackResources(
        { client: cloudFormation },
        { StackName },
      )) {
        for (const { ResourceType, PhysicalResourceId, ResourceStatus } of StackResourceSummaries) {
          const isBucket = ResourceType === 'AWS::S3::Bucket' && ResourceStatus !== 'DELETE_COMPLETE';
          if (isBucket && PhysicalResourceId) buckets.push(PhysicalResourceId);
        }
      }
      return buckets;
    },
    async emptyBucket(Bucket) {
      for (let deleted = 0; ; ) {
        const { Versions = [], DeleteMarkers = [] } = await s3.send(
          new ListObjectVersionsCommand({ Bucket }),
        );
        const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
        if (Objects.length === 0) return deleted;
        const { Errors = [] } = await s3.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        );
        const [refused] = Errors;
        if (refused) throw new Error(`${Bucket}: ${refused.Key} cannot be deleted: ${refused.Message}`);
        deleted += Objects.length;
      }
    },
  };
}
