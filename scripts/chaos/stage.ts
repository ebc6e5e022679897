import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import type { RunResult } from '../cli/aws/follow-backups.ts';
import { type Deployment, openDeployment } from '../demo/deployment.ts';
import { demoTenants } from '../demo/tenants.ts';
import { deployStack } from '../local/deploy.ts';
import { childEnvironment, startLocalAws } from '../local/local-aws.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { type ChaosProxy, startChaosProxy } from './chaos-proxy.ts';

const COMMAND = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

const execute = promisify(execFile);

/** A run of the operator's command with `--json`. */
export interface CommandRun {
  readonly exitCode: number | null;
  /** The JSON that it printed: an answer, or `{ error }`. Null if it printed something else. */
  readonly answer: unknown;
  readonly text: string;
}

/** The deployed stack, whose functions reach AWS through the proxy, and a tenant to break. */
export interface Stage {
  readonly proxy: ChaosProxy;
  readonly deployment: Deployment;
  readonly sandbox: Sandbox;
  /** Backups that still waited when their trial was over. */
  readonly waiting: RunResult[];
  /** Runs the command beside the proxy, or through it. */
  run(words: readonly string[], through?: 'proxy'): Promise<CommandRun>;
}

/** The enrolled tenant. */
export const TENANT = 'acme';

/** Starts everything; it ends with this process. */
export async function openStage(report: (line: string) => void): Promise<Stage> {
  const proxy = await startChaosProxy();
  const localAws = await startLocalAws({ functionsEndpoint: proxy.url, report });
  if (localAws.external)
    throw new Error('AWS_ENDPOINT_URL is set: unset it, as faults are injected into a local AWS');
  proxy.forwardTo(localAws.endpoint);
  const outputs = await deployStack({
    localAws,
    report,
    context: { tenantBackup: { removal: 'destroy', retryDelaySeconds: 0, maxReceiveCount: 3 } },
  });
  const deployment = openDeployment(localAws, outputs);
  // An audit of the schedule would meet the faults of another operation.
  const audit = `${STACK_NAME}-audit`;
  await deployment.scheduler.send(new DeleteScheduleCommand({ GroupName: audit, Name: audit }));
  const sandbox = await startSandbox();
  const [tenant] = demoTenants();
  const { issuer, clients } = sandbox.addTenant({ ...tenant, id: TENANT, tree: tenant?.tree ?? {} });
  const [client] = clients;
  const enrolment = { issuer, clientId: client?.clientId, clientSecret: client?.clientSecret };
  await deployment.enrolments.add(TENANT, JSON.stringify(enrolment), 'nightly');

  return {
    proxy,
    deployment,
    sandbox,
    waiting: [],
    async run(words, through) {
      const environment = {
        ...childEnvironment(localAws),
        ...(through === 'proxy' && { AWS_ENDPOINT_URL: proxy.url }),
      };
      const line = [COMMAND, ...words, '--json'];
      const { code, stdout, stderr } = await execute(process.execPath, line, { env: environment }).then(
        (printed) => ({ code: 0, ...printed }),
        (error: { code: number | null; stdout: string; stderr: string }) => error,
      );
      const answer = parsed(stdout) ?? parsed(stderr.trim().split('\n').at(-1) ?? '');
      return { exitCode: code, answer, text: `${stdout}${stderr}`.trim() };
    },
  };
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}
