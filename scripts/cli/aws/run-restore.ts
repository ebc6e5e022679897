import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { RestoreReport } from '../../../functions/restore/parts/restore-report.ts';
import type { StatusReport } from '../../../functions/status/status.ts';
import { commandText } from '../ui/command-text.ts';
import { whileGoingOn } from '../ui/interrupt.ts';
import { withProgress } from '../ui/progress.ts';
import { call, callToWrite } from './call-function.ts';
import { arnOfCaller } from './caller.client.ts';
import type { Deployment } from './deployment.ts';

const POLL_MILLISECONDS = 3_000;

/** Have the restore function write to a tenant, and wait for it.
 * @param target the tenant that is written to
 * @param words for people: what it is, and what is being done
 * @throws what the function threw, INTERRUPTED */
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
  // Known before it begins: the operation before must not pass for this one.
  const operationId = randomUUID();
  const look = commandText('status', target, operationId);
  return whileGoingOn(`the ${noun} of ${target} goes on in AWS; follow it with: ${look}`, () =>
    withProgress(command, `${doing} ${target}`, async (phase) => {
      const stop = followPhases(target, operationId, deployment, (name) =>
        phase(`${doing} ${target}: ${name}`),
      );
      try {
        return await callToWrite<RestoreReport>(
          deployment,
          'restoreFunction',
          { ...request, requestedBy, operationId },
          look,
        );
      } finally {
        stop();
      }
    }),
  );
}

/** Tell the phase that the operation is in, as far as that can be learned. */
function followPhases(
  tenant: string,
  operationId: string,
  deployment: Deployment,
  say: (phase: string) => void,
): () => void {
  let last = '';
  const look = async () => {
    const status = await call<StatusReport>(deployment, 'statusFunction', { tenant, operationId }).catch(
      () => null,
    );
    if (status?.activity !== 'running' || status.phase === last) return;
    last = status.phase;
    say(status.phase);
  };
  const timer = setInterval(() => void look(), POLL_MILLISECONDS);
  return () => clearInterval(timer);
}
