import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { RestoreReport } from '../../functions/restore/restore.ts';
import { OutputName, TIERS } from '../../functions/runtime/names.ts';
import { createEnrolments, type Enrolments } from '../../functions/tenant/enrolment/enrolment.client.ts';
import { createVault, type Vault, type VaultVersion } from '../../functions/vault/storage/vault.client.ts';
import { clientSettings, type LocalAws } from '../local/local-aws.ts';

/** A deployed stack, as an operator sees it. */
export interface Deployment {
  readonly outputs: Readonly<Record<string, string>>;
  readonly vault: Vault;
  readonly enrolments: Enrolments;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly kms: KMSClient;
  readonly logs: CloudWatchLogsClient;
  readonly scheduler: SchedulerClient;
  output(name: keyof typeof OutputName): string;
  /** @returns all backups of a tenant in all tiers, newest first */
  versionsOf(tenant: string): Promise<VaultVersion[]>;
  /** Invokes a function and waits for its answer.
   * @throws InvocationFailure with the function's stable code */
  invoke<Result>(
    name:
      | 'dispatchFunction'
      | 'backupFunction'
      | 'restoreFunction'
      | 'planFunction'
      | 'statusFunction'
      | 'auditFunction',
    event: object,
  ): Promise<Result>;
  restore(event: object): Promise<RestoreReport>;
  close(): void;
}

/** The error of a function. */
export class InvocationFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'InvocationFailure';
    this.code = code;
  }
}

/** @param outputs of the deployed stack */
export function openDeployment(localAws: LocalAws, outputs: Readonly<Record<string, string>>): Deployment {
  const settings = clientSettings(localAws);
  // A restore may take as long as its function: the default would give up and invoke it again.
  const lambda = new LambdaClient({
    ...settings,
    maxAttempts: 1,
    requestHandler: { requestTimeout: 900_000 },
  });
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const secrets = new SecretsManagerClient(settings);
  const sqs = new SQSClient(settings);
  const kms = new KMSClient(settings);
  const logs = new CloudWatchLogsClient(settings);
  const scheduler = new SchedulerClient(settings);
  const output: Deployment['output'] = (name) => {
    const value = outputs[OutputName[name]];
    if (value === undefined) throw new Error(`the stack has no output ${OutputName[name]}`);
    return value;
  };
  const vault = createVault(s3, output('vaultBucket'));
  const invoke: Deployment['invoke'] = async <Result>(
    name: Parameters<Deployment['invoke']>[0],
    event: object,
  ) => {
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: output(name), Payload: JSON.stringify(event) }),
    );
    const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
    if (answer.FunctionError) {
      throw new InvocationFailure(
        payload?.errorType ?? 'unknown',
        payload?.errorMessage ?? answer.FunctionError,
      );
    }
    return payload as Result;
  };
  return {
    outputs,
    vault,
    enrolments: createEnrolments(secrets),
    s3,
    sqs,
    kms,
    logs,
    scheduler,
    output,
    async versionsOf(tenant) {
      const versions = await Promise.all(TIERS.map((tier) => vault.listVersions(tier, tenant)));
      return versions.flat().sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
    },
    invoke,
    restore: (event) => invoke<RestoreReport>('restoreFunction', event),
    close() {
      for (const client of [lambda, s3, secrets, sqs, kms, logs, scheduler]) client.destroy();
    },
  };
}
