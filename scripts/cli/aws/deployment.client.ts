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
import { OutputName, outputPrefix } from '../../../functions/runtime/names.ts';

/** A deployed stack, and the AWS clients to use it with. The SDK reads region, profile and credentials from the environment. */
export interface Deployment {
  /** Returns an output of the stack.
   * @throws NOT_DEPLOYED if the stack or the output does not exist */
  output(name: keyof typeof OutputName): Promise<string>;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  /** Never repeats a call. */
  readonly kmsOnce: KMSClient;
  readonly secrets: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly sts: STSClient;
  readonly iam: IAMClient;
  /** Waits as long as a function can run, and never retries. */
  readonly lambda: LambdaClient;
}

/** Reports an unreachable endpoint within seconds, and a silent one within half a minute. */
const TIMEOUTS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, socketTimeout: 7_500 },
} as const;

/** Longer than a function can run. */
const INVOCATION_MILLISECONDS = 16 * 60_000;

/** Connects to a deployment; reads the outputs of its stack at the first use.
 * @param stack name of the CloudFormation stack, or `<stack>/<name>` for a deployment with a name of its own */
export function openDeployment(stack: string): Deployment {
  const [stackName = '', name = stackName] = stack.split('/');
  const prefix = outputPrefix(stackName, name);
  let outputs: Promise<Record<string, string>> | undefined;
  return {
    async output(key) {
      outputs ??= readOutputs(stackName);
      const outputName = prefix + OutputName[key];
      const value = (await outputs)[outputName];
      if (value !== undefined) return value;
      throw new TenantBackupError('NOT_DEPLOYED', `stack ${stackName} has no output ${outputName}`, {
        stackName,
      });
    },
    // Custom endpoints rarely resolve bucket names as hosts.
    s3: new S3Client({ ...TIMEOUTS, forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined }),
    kms: new KMSClient(TIMEOUTS),
    kmsOnce: new KMSClient({ ...TIMEOUTS, maxAttempts: 1 }),
    secrets: new SecretsManagerClient(TIMEOUTS),
    sqs: new SQSClient(TIMEOUTS),
    scheduler: new SchedulerClient(TIMEOUTS),
    sts: new STSClient(TIMEOUTS),
    iam: new IAMClient(TIMEOUTS),
    lambda: new LambdaClient({
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: INVOCATION_MILLISECONDS },
    }),
  };
}

async function readOutputs(stackName: string): Promise<Record<string, string>> {
  const client = new CloudFormationClient(TIMEOUTS);
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
