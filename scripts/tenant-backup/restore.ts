import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Command, Option } from 'commander';
import { TenantBackupError } from '../../functions/errors.ts';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import type { RestoreReport } from '../../functions/restore/restore-report.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { type BackupOptions, parseBackupName, withBackup } from './choose-backup.ts';
import { requireYes } from './confirm.ts';
import { type Deployment, openDeployment } from './deployment.ts';
import { ExitCode } from './exit-code.ts';
import { whileGoingOn } from './interrupt.ts';
import { backupFields, call, callToWrite, type WriteOptions, withWriteOptions } from './operation-tools.ts';
import { globalOptions, print, remark } from './output.ts';
import { versionOf } from './plan.ts';
import { coloured } from './plan-colours.ts';
import { type Phase, withProgress } from './progress.ts';
import { restoreText } from './restore-text.ts';
import { readSelection, type SelectionOptions, withSelection } from './selection-options.ts';

interface RestoreOptions extends BackupOptions, SelectionOptions, WriteOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly prune?: boolean;
  readonly pruneCreatedBy?: string;
  readonly includeOwnClient?: boolean;
  readonly onFailure: 'roll-back' | 'leave';
}

const LOOK_MILLISECONDS = 3_000;

/** `restore`: put a tenant back. */
export function registerRestore(program: Command): void {
  const command = withBackup(program.command('restore')).description(
    'put a tenant back as a backup has it: shows the plan, asks, saves the present, writes, and proves the result',
  );
  withSelection(withWriteOptions(command))
    .option('--dry-run', 'say what would change, with a role and a token that cannot write')
    .option('--yes', 'do not show the plan, and do not ask')
    .option('--prune', 'also delete selected objects that the backup does not have')
    .option(
      '--prune-created-by <operation>',
      'delete what this operation has added, and nothing else: to undo it',
    )
    .option('--include-own-client', 'also the client that the restore is made with; it may lock itself out')
    .addOption(
      new Option('--on-failure <choice>', 'what happens to a tenant that did not become what was promised')
        .choices(['roll-back', 'leave'])
        .default('roll-back'),
    )
    .action(async (name: string, options: RestoreOptions, command: Command) => {
      const reference = parseBackupName(name, options);
      if (options.prune && options.pruneCreatedBy !== undefined) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          'at most one of --prune and --prune-created-by may be given',
        );
      }
      const { tenant } = reference;
      const selection = await readSelection(options);
      const deployment = openDeployment(globalOptions(command).stack);
      const request = {
        tenant,
        ...(await backupFields(reference, deployment)),
        ...(selection && { selection }),
        mode: options.mode,
        credentials: options.credentials,
        includeOwnClient: options.includeOwnClient ?? false,
        onFailure: options.onFailure === 'leave' ? 'leave' : 'rollBack',
        prune: pruneOf(options),
      };
      if (options.dryRun) {
        const report = await withProgress(command, `comparing ${tenant} with its backup`, () =>
          call<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }),
        );
        print(command, report, restoreText(report));
        if (report.problems.length > 0) process.exitCode = ExitCode.differences;
        return;
      }
      const agreed = options.yes ? {} : await showAndAsk(request, options, deployment, command);
      if (agreed === null) return;
      const report = await restore({ ...request, ...agreed }, deployment, command);
      print(command, report, restoreText(report));
      remark(
        command,
        `to undo it: tenant-backup restore ${tenant}@${report.safetyBackup} --prune-created-by ${report.operationId}`,
      );
    });
}

const pruneOf = ({ prune, pruneCreatedBy }: RestoreOptions): boolean | { createdBy: string } =>
  pruneCreatedBy === undefined ? (prune ?? false) : { createdBy: pruneCreatedBy };

/** What was agreed to is what is done: the very backup, and the very number of objects to delete.
 * @returns null if there is nothing to do */
async function showAndAsk(
  request: { readonly tenant: string; readonly prune: boolean | object } & Record<string, unknown>,
  { prune }: RestoreOptions,
  deployment: Deployment,
  command: Command,
): Promise<object | null> {
  const { includeOwnClient: _, onFailure: __, ...comparable } = request;
  const plan = await withProgress(command, `comparing ${request.tenant} with its backup`, () =>
    call<PlanAnswer>(deployment, 'planFunction', { ...comparable, prune: request.prune !== false }),
  );
  if (plan.isEmpty && plan.problems.length === 0) {
    print(command, plan, coloured(plan.text));
    return null;
  }
  process.stderr.write(`${coloured(plan.text)}\n\n`);
  if (plan.problems.length > 0) {
    throw new TenantBackupError(
      'CHANGE_IMPOSSIBLE',
      'the plan has problems, see above; nothing was written',
      {
        tenant: request.tenant,
      },
    );
  }
  await requireYes(`This writes to ${request.tenant}, after saving it as it is.`, undefined);
  return {
    ...(plan.desired.kind === 'backup' && { versionId: versionOf(plan), asOf: undefined, tier: undefined }),
    ...(prune && { prune: { expected: plan.counts.pruned ?? 0 } }),
  };
}

async function restore(
  request: { readonly tenant: string } & Readonly<Record<string, unknown>>,
  deployment: Deployment,
  command: Command,
): Promise<RestoreReport> {
  const { tenant } = request;
  const requestedBy = await callerOf(deployment);
  return whileGoingOn(
    `the restore of ${tenant} goes on in AWS; follow it with: tenant-backup status ${tenant}`,
    () =>
      withProgress(command, `restoring ${tenant}`, async (phase) => {
        const stop = followPhases(tenant, deployment, phase);
        try {
          return await callToWrite<RestoreReport>(deployment, 'restoreFunction', { ...request, requestedBy });
        } finally {
          stop();
        }
      }),
  );
}

/** Tell the phase that the operation is in, as far as that can be learned. */
function followPhases(tenant: string, deployment: Deployment, phase: Phase): () => void {
  let last = '';
  const look = async () => {
    const status = await call<StatusReport>(deployment, 'statusFunction', { tenant }).catch(() => null);
    if (status?.activity !== 'running' || status.phase === last) return;
    last = status.phase;
    phase(`restoring ${tenant}: ${status.phase}`);
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
