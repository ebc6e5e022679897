import { randomUUID } from 'node:crypto';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Command, Option } from 'commander';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { SENDINGS, type Sending } from '../../../../functions/restore/source/sending.ts';
import type { StatusReport } from '../../../../functions/status/status.ts';
import type { Deployment } from '../../aws/deployment.ts';
import { call, callToWrite } from '../../aws/operation-tools.ts';
import { commandText } from '../../ui/command-text.ts';
import { whileGoingOn } from '../../ui/interrupt.ts';
import { remark } from '../../ui/output.ts';
import { partsText } from '../../ui/parts-option.ts';
import { withProgress } from '../../ui/progress.ts';

/** How whatever was agreed to is written. */
export interface SendingOptions {
  readonly send: Sending;
  readonly onFailure: 'roll-back' | 'leave';
}

const LOOK_MILLISECONDS = 3_000;

export const withSending = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--send <what>',
        'the whole tenant as it is to be, the objects that differ, or a merge patch',
      )
        .choices(SENDINGS)
        .default('everything'),
    )
    .addOption(
      new Option('--on-failure <choice>', 'what happens to a tenant that did not become what was promised')
        .choices(['roll-back', 'leave'])
        .default('roll-back'),
    );

/** The same for the restore function. */
export const sendingOf = ({ send, onFailure }: SendingOptions): { send: Sending; onFailure: string } => ({
  send,
  onFailure: onFailure === 'leave' ? 'leave' : 'rollBack',
});

export function remarkUndo(
  { tenant, safetyBackup, operationId, parts }: RestoreReport,
  command: Command,
): void {
  remark(
    command,
    `to undo it: ${commandText('restore', `${tenant}@${safetyBackup}`)}${partsText(Object.keys(parts))} --prune-created-by ${operationId}`,
  );
}

/** Have the restore function write to a tenant, and wait for it.
 * @param target the tenant that is written to
 * @param words for people: what it is, and what is being done
 * @throws what the function threw, INTERRUPTED */
export async function write(
  request: { readonly tenant: string; readonly into?: string } & Readonly<Record<string, unknown>>,
  target: string,
  deployment: Deployment,
  command: Command,
  words: readonly [noun: string, doing: string] = ['restore', 'restoring'],
): Promise<RestoreReport> {
  const [noun, doing] = words;
  const requestedBy = await callerOf(deployment);
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
  const timer = setInterval(() => void look(), LOOK_MILLISECONDS);
  return () => clearInterval(timer);
}

/** For the record; whoever may not ask who they are may restore all the same. */
const callerOf = ({ sts }: Deployment): Promise<string | undefined> =>
  sts.send(new GetCallerIdentityCommand({})).then(
    ({ Arn }) => Arn?.slice(0, 200),
    () => undefined,
  );
