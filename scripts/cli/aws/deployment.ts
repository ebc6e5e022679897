import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { awsError } from '../../../functions/aws-errors.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import { OutputName } from '../../../functions/runtime/names.ts';

/** What the command talks to. Region, profile and credentials are those of the AWS SDK's environment. */
export interface Deployment {
  /** @throws NOT_DEPLOYED if the stack, or that output of it, does not exist */
  output(name: keyof typeof OutputName): Promise<string>;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly secrets: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly sts: STSClient;
  readonly iam: IAMClient;
  /** For invocations: waits as long as a function lives, and never repeats one by itself. */
  readonly lambda: LambdaClient;
}

/** An endpoint that nobody answers at is reported within seconds, and one that falls silent within half a minute. */
const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, socketTimeout: 7_500 },
} as const;

/** Longer than a function can live. */
const INVOCATION_MILLISECONDS = 16 * 60_000;

/** @param stackName CloudFormation stack of the deployment */
export function openDeployment(stackName: string): Deployment {
  let outputs: Promise<Record<string, string>> | undefined;
  return {
    async output(name) {
      outputs ??= readOutputs(stackName);
      const value = (await outputs)[OutputName[name]];
      if (value !== undefined) return value;
      throw new TenantBackupError('NOT_DEPLOYED', `stack ${stackName} has no output ${OutputName[name]}`, {
        stackName,
      });
    },
    // A custom endpoint rarely has a name for each bucket.
    s3: new S3Client({ ...PATIENCE, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined }),
    kms: new KMSClient(PATIENCE),
    secrets: new SecretsManagerClient(PATIENCE),
    sqs: new SQSClient(PATIENCE),
    scheduler: new SchedulerClient(PATIENCE),
    sts: new STSClient(PATIENCE),
    iam: new IAMClient(PATIENCE),
    lambda: new LambdaClient({
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: INVOCATION_MILLISECONDS },
    }),
  };
}

async function readOutputs(stackName: string): Promise<Record<string, string>> {
  const client = new CloudFormationClient(PATIENCE);
  const { Stacks } = await client
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch((error: unknown) => {
      if (error instanceof Error && /does not exist/.test(error.message)) {
        throw new TenantBackupError('NOT_DEPLOYED', `no stack ${stackName} in this account and region`, {
          stackName,
        });
      }
      return awsError('cloudformation:DescribeStacks', { stackName })(error);
    });
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}
