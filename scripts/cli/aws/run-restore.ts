import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { RestoreReport } from '../../../functions/restore/parts/restore-report.ts';
import type { StatusReport } from '../../../functions/status/status.ts';
import { commandText } from '../ui/command-text.ts';
import { whileRunningInAws } from '../ui/interrupt.ts';
import { withProgress } from '../ui/progress.ts';
import { callFunction, callWriteFunction } from './call-function.ts';
import { arnOfCaller } from './caller.client.ts';
import type { Deployment } from './deployment.client.ts';

const POLL_MILLISECONDS = 3_000;

/** Invokes the restore function, which writes to a tenant, and shows its phases until it ends.
 * @param target tenant that it writes to
 * @param words name the operation in messages
 * @throws the errors of the function */
export async function runRestore(
  request: { readonly tenant: string; readonly into?: string } & Readonly<Record<string, unknown>>,
  target: string,
  deployment: Deployment,
  command: Command,
  words: readonly [noun: string, doing: string] = ['restore', 'restoring'],
): Promise<RestoreReport> {
  const [noun, doing] = words;
  // A caller without permission to ask for its own ARN may still restore.
  const requestedBy = await arnOfCaller(deployment.sts).then(
    (arn) => arn.slice(0, 200),
    () => undefined,
  );
  // Chosen here, so that `status` never shows an earlier operation instead.
  const operationId = randomUUID();
  const statusCommand = commandText('status', target, operationId);
  return whileRunningInAws(
    `the ${noun} of ${target} still runs in AWS; follow it with: ${statusCommand}`,
    () =>
      withProgress(command, `${doing} ${target}`, async (phase) => {
        const stop = followPhases(target, operationId, deployment, (name) =>
          phase(`${doing} ${target}: ${name}`),
        );
        try {
          return await callWriteFunction<RestoreReport>(
            deployment,
            'restoreFunction',
            { ...request, requestedBy, operationId },
            statusCommand,
          );
        } finally {
          stop();
        }
      }),
  );
}

/** Reports each new phase of an operation. Errors are ignored: the phases are a courtesy. */
function followPhases(
  tenant: string,
  operationId: string,
  deployment: Deployment,
  say: (phase: string) => void,
): () => void {
  let last = '';
  const poll = async () => {
    const report = await callFunction<StatusReport>(deployment, 'statusFunction', {
      tenant,
      operationId,
    }).catch(() => null);
    const operation = report?.operation;
    if (operation?.activity !== 'running' || operation.phase === last) return;
    last = operation.phase;
    say(operation.phase);
  };
  const timer = setInterval(() => void poll(), POLL_MILLISECONDS);
  return () => clearInterval(timer);
}
