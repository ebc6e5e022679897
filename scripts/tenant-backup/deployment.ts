import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../functions/aws-errors.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { OutputName } from '../../functions/runtime/names.ts';

/** What the command talks to. Region, profile and credentials are those of the AWS SDK's environment. */
export interface Deployment {
  /** @throws NOT_DEPLOYED if the stack, or that output of it, does not exist */
  output(name: keyof typeof OutputName): Promise<string>;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly secrets: SecretsManagerClient;
}

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
    s3: new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined }),
    kms: new KMSClient({}),
    secrets: new SecretsManagerClient({}),
  };
}

async function readOutputs(stackName: string): Promise<Record<string, string>> {
  const client = new CloudFormationClient({});
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
