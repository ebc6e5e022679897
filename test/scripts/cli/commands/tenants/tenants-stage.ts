import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { childEnvironment, clientSettings, startLocalAws } from '../../../../../scripts/local/local-aws.ts';
import { deploySchedules } from '../../deploy-schedules.ts';
import { type CommandResult, runCommand } from '../../run-command.ts';

/** A local AWS with schedules and enrolments, and the command on it. */
export interface TenantsStage {
  readonly environment: NodeJS.ProcessEnv;
  readonly secrets: SecretsManagerClient;
  command(args: readonly string[], input?: string): Promise<CommandResult>;
  /** The value of an enrolment's secret. */
  stored(name: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function openTenantsStage(): Promise<TenantsStage> {
  const localAws = await startLocalAws();
  await deploySchedules(localAws, ['nightly', 'hourly']);
  const environment = childEnvironment(localAws);
  const secrets = new SecretsManagerClient(clientSettings(localAws));
  return {
    environment,
    secrets,
    command: (args, input) => runCommand(args, { environment, input }),
    async stored(name) {
      const { SecretString } = await secrets.send(
        new GetSecretValueCommand({ SecretId: `tenant-backup/tenants/${name}` }),
      );
      return JSON.parse(SecretString ?? '');
    },
    async close() {
      secrets.destroy();
      await localAws.stop();
    },
  };
}
