import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { type PlanAnswer, planAnswer } from '../../../../functions/plan/plan-answer.ts';
import type { Plan } from '../../../../functions/plan/plan-document.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { call } from '../../aws/call-function.ts';
import { openDeployment } from '../../aws/deployment.ts';
import { backupFields } from '../../aws/find-backup.ts';
import { runRestore } from '../../aws/run-restore.ts';
import { type BackupOptions, parseBackupChoice, withBackup } from '../../ui/backup-options.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { isWithoutHub, needsDryRun, type PartsOptions, withParts } from '../../ui/parts-option.ts';
import { coloured } from '../../ui/plan-colours.ts';
import { withProgress } from '../../ui/progress.ts';
import { readSelection, type SelectionOptions, withSelection } from '../../ui/selection-options.ts';
import {
  comparing,
  planRequestOf,
  readTarget,
  type TargetOptions,
  withTarget,
} from '../../ui/target-options.ts';
import { writeError } from '../../ui/terminal.ts';
import { showTimeAndAge } from '../../ui/times.ts';
import {
  type SendingOptions,
  sendingOf,
  type WriteOptions,
  withSending,
  withWriteOptions,
} from '../../ui/write-options.ts';
import { remarkSecrets, requireAgreement, showDryRun } from './dry-run.ts';
import { explainStale, findPlan, requirePlanAlone } from './restore-plan.ts';
import { remarkUndo, restoreText } from './restore-text.ts';

interface RestoreOptions
  extends BackupOptions,
    SelectionOptions,
    WriteOptions,
    TargetOptions,
    SendingOptions,
    PartsOptions {
  readonly plan?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly prune?: boolean;
  readonly pruneCreatedBy?: string;
  readonly includeOwnClient?: boolean;
  readonly allowOtherSource?: boolean;
}

/** What was asked for, before anybody has agreed to it. */
interface Asked {
  /** For the restore function. */
  readonly request: RestoreFields;
  /** The tenant that is written to. */
  readonly target: string;
  /** @returns the request of what was shown and agreed to; null if there is nothing to do */
  showAndAsk(): Promise<RestoreFields | null>;
  /** Says more of a failure, and throws it again. */
  explain(error: unknown): never;
}

type RestoreFields = { readonly tenant: string; readonly into?: string } & Readonly<Record<string, unknown>>;

/** `restore`: put a tenant back. */
export function registerRestore(program: Command): void {
  const command = withBackup(program.command('restore')).description(
    'put a tenant back as a backup has it: shows the plan, asks, saves the present, writes, and proves the result',
  );
  withParts(withSending(withSelection(withTarget(withWriteOptions(command)))))
    .option('--plan <id>', 'carry out this plan, by its whole id, as long as the tenant is what it was')
    .option('--dry-run', 'say what would change, with a role and a token that cannot write')
    .option('--yes', 'do not show the plan, and do not ask')
    .option('--prune', 'also delete selected objects that the backup does not have')
    .option(
      '--prune-created-by <operation>',
      'delete what this operation has added, and nothing else: to undo it',
    )
    .option('--include-own-client', 'also the client that the restore is made with; it may lock itself out')
    .option('--allow-other-source', 'also a backup of another tenant than the name is enrolled as by now')
    .action(async (name: string, options: RestoreOptions, command: Command) => {
      const ask = options.plan === undefined ? askBackup : askPlan;
      const { request, target, showAndAsk, explain } = await ask(name, options, command);
      const deployment = openDeployment(globalOptions(command).stack);
      if (options.dryRun) {
        const report = await withProgress(command, comparing(request.tenant, request.into), () =>
          call<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }).catch(explain),
        );
        print(command, report, restoreText(report));
        if (report.problems.length > 0) process.exitCode = ExitCode.differences;
        return;
      }
      const agreed = options.yes ? request : await showAndAsk();
      if (agreed === null) return;
      const report = await runRestore(agreed, target, deployment, command).catch(explain);
      print(command, report, restoreText(report));
      remarkUndo(report, command);
    });
}

/** A restore of a backup, as the options say. */
async function askBackup(name: string, options: RestoreOptions, command: Command): Promise<Asked> {
  const reference = parseBackupChoice(name, options, command);
  if (options.prune && options.pruneCreatedBy !== undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      'at most one of --prune and --prune-created-by may be given',
    );
  }
  const { tenant } = reference;
  const { parts } = options;
  const [selection, target] = [await readSelection(options, parts), await readTarget(tenant, options)];
  const deployment = openDeployment(globalOptions(command).stack);
  const comparable = {
    tenant,
    ...target,
    ...(await backupFields(reference, deployment)),
    ...(selection && { selection }),
    mode: options.mode,
    credentials: options.credentials,
  };
  const prune = pruneOf(options);
  const request = {
    ...comparable,
    ...(parts && { parts }),
    includeOwnClient: options.includeOwnClient ?? false,
    ...otherSource(options),
    prune,
    ...sendingOf(options),
  };
  return {
    request,
    target: target.into ?? tenant,
    explain: (error) => {
      throw error;
    },
    async showAndAsk() {
      if (!canBePlanned(request)) return showDryRun(request, deployment, command);
      const plan = await withProgress(command, comparing(tenant, target.into), () =>
        call<PlanAnswer>(
          deployment,
          'planFunction',
          planRequestOf({ ...comparable, parts, prune: prune !== false }),
        ),
      );
      if (!(await agreeTo(plan, options, command))) return null;
      return { ...carryingOut(plan), ...otherSource(options), ...sendingOf(options) };
    },
  };
}

/** A restore as a plan says that was made before. */
async function askPlan(name: string, options: RestoreOptions, command: Command): Promise<Asked> {
  requirePlanAlone(name, command);
  const deployment = openDeployment(globalOptions(command).stack);
  const plan = await findPlan(name, options.plan ?? '', deployment);
  const isChosen = command.getOptionValueSource('credentials') === 'cli';
  const request = {
    ...carryingOut(plan),
    ...(isChosen && { credentials: options.credentials }),
    ...otherSource(options),
    ...sendingOf(options),
  };
  return {
    request,
    target: name,
    explain: explainStale(plan),
    showAndAsk: async () => ((await agreeTo(planAnswer(plan), options, command)) ? request : null),
  };
}

/** The plan's id is the digest of what was shown: nothing else is done by it. */
const carryingOut = ({ tenant, planId }: Plan) => ({ tenant, plan: planId });

/** Whether a plan says all of what would be done. It knows nothing of people, of our own client, of an operation that is
 * undone or of given credentials, and one part at a time. */
function canBePlanned({ parts, prune, includeOwnClient, transform }: PlannableFields): boolean {
  if (needsDryRun(parts) || includeOwnClient || typeof prune === 'object') return false;
  return !(isWithoutHub(parts) && prune) && !('credentialValues' in (transform ?? {}));
}

interface PlannableFields extends PartsOptions {
  readonly prune: ReturnType<typeof pruneOf>;
  readonly includeOwnClient: boolean;
  readonly transform?: object;
}

/** Show a plan, and have it agreed to.
 * @returns false if there is nothing to do
 * @throws CHANGE_IMPOSSIBLE, SOURCE_MISMATCH, INVALID_REQUEST unless the answer is yes */
async function agreeTo(plan: PlanAnswer, options: RestoreOptions, command: Command): Promise<boolean> {
  if (plan.isEmpty && plan.problems.length === 0) {
    print(command, plan, coloured(plan.text));
    return false;
  }
  writeError([...coloured(plan.text), '']);
  const { tenant } = plan;
  if (!options.allowOtherSource) refuseOtherSource(plan);
  const { length } = plan.credentialsDiffering;
  remarkSecrets(length, plan.options.credentials ?? options.credentials, describeDesired(plan));
  await requireAgreement(tenant, describeDesired(plan), plan.problems);
  return true;
}

/** What is written, for the question. */
const describeDesired = ({ desired }: PlanAnswer): string =>
  desired.kind === 'live'
    ? `what ${desired.tenant} is`
    : `backup ${desired.backupId} (stored ${showTimeAndAge(new Date(desired.storedAt), new Date())})`;

/** Nobody is asked about what the restore function refuses. */
function refuseOtherSource({ tenant, warnings }: PlanAnswer): void {
  const mismatch = warnings.find(({ code }) => code === 'SOURCE_MISMATCH');
  if (mismatch === undefined) return;
  throw new TenantBackupError('SOURCE_MISMATCH', `${mismatch.message}; nothing was written`, { tenant });
}

const otherSource = ({ allowOtherSource }: RestoreOptions): { allowOtherSource?: true } =>
  allowOtherSource ? { allowOtherSource } : {};

const pruneOf = ({ prune, pruneCreatedBy }: RestoreOptions): boolean | { createdBy: string } =>
  pruneCreatedBy === undefined ? (prune ?? false) : { createdBy: pruneCreatedBy };
