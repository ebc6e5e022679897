import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { childEnvironment, clientSettings } from '../../scripts/local/local-aws.ts';
import { type Sandbox, startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { type Deployed, deploy } from '../deployed.ts';
import type { CommandResult } from '../scripts/cli/run-command.ts';
import { runCommand } from '../scripts/cli/run-command.ts';
import type { OnTerminal } from '../scripts/cli/run-on-terminal.ts';
import { type Answer, runOnTerminal } from '../scripts/cli/run-on-terminal.ts';

/** A deployment, a sandbox and a folder for the operator's command, and ways to run it. */
export interface CommandStage {
  readonly deployed: Deployed;
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** The enrolment of globex that is right. */
  globex: object;
  run(args: readonly string[], input?: string): Promise<CommandResult>;
  onTerminal(args: readonly string[], ...answers: Answer[]): Promise<OnTerminal>;
  /** Run a verb with `--json`, which must end so. */
  json<Result>(args: readonly string[], code?: number): Promise<Result>;
  /** Run a verb with `--json`, which must fail. */
  failure(args: readonly string[]): Promise<{ code: string; message: string; exit: number | null }>;
  /** Store another enrolment of globex, as its owner would. */
  storeGlobex(changes?: object): Promise<void>;
  close(): Promise<void>;
}

/** @param stage is filled in: tests are described before there is a deployment */
export async function openCommandStage(stage: Partial<CommandStage>): Promise<void> {
  const [deployed, sandbox, folder] = await Promise.all([
    deploy({ maxReceiveCount: 1, retryDelaySeconds: 0 }),
    startSandbox(),
    mkdtemp(join(tmpdir(), 'tenant-backup-command-')),
  ]);
  // Tests ask for audits themselves; one of the schedule, in the midst of them, would answer for theirs.
  const schedule = `${STACK_NAME}-audit`;
  await deployed.deployment.scheduler.send(
    new DeleteScheduleCommand({ GroupName: schedule, Name: schedule }),
  );
  const environment = childEnvironment(deployed.localAws);
  const opened: CommandStage = Object.assign(stage, {
    deployed,
    sandbox,
    folder,
    globex: {},
    run: (args, input) => runCommand(args, { environment, input, folder }),
    onTerminal: (args, ...answers) => runOnTerminal(args, answers, { environment }),
    async json<Result>(args: readonly string[], code = 0): Promise<Result> {
      const result = await opened.run([...args, '--json']);
      expect({ code: result.code, stderr: result.stderr }).toEqual({ code, stderr: '' });
      return JSON.parse(result.stdout);
    },
    async failure(args) {
      const { code: exit, stdout, stderr } = await opened.run([...args, '--json']);
      expect(stdout).toBe('');
      return { ...JSON.parse(stderr).error, exit };
    },
    async storeGlobex(changes = {}) {
      const secrets = new SecretsManagerClient(clientSettings(deployed.localAws));
      const SecretString = JSON.stringify({ ...opened.globex, ...changes });
      await secrets.send(
        new PutSecretValueCommand({ SecretId: 'tenant-backup/tenants/globex', SecretString }),
      );
      secrets.destroy();
    },
    async close() {
      await rm(folder, { recursive: true, force: true });
      await sandbox.close();
      await deployed.close();
    },
  } satisfies CommandStage);
}
