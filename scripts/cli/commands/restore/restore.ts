import { type Command, Option } from 'commander';
import {
  IDENTIFIER_CHOICES,
  type IdentifierChoice,
} from '../../../../functions/config/change/taken-identifiers.ts';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { type PlanAnswer, planAnswer } from '../../../../functions/plan/plan-answer.ts';
import type { Plan } from '../../../../functions/plan/plan-document.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { callFunction } from '../../aws/call-function.ts';
import { openDeployment } from '../../aws/deployment.client.ts';
import { findingTools } from '../../aws/find-backup.ts';
import { findRestorable, flagNotes, refuseFlagged } from '../../aws/flagged-backup.ts';
import { runRestore } from '../../aws/run-restore.ts';
import { type BackupOptions, parseBackupChoice, withBackup } from '../../ui/backup-options.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { globalOptions, note, print } from '../../ui/output.ts';
import { isWithoutHub, needsDryRun, type PartsOptions, withParts } from '../../ui/parts-option.ts';
import { coloured } from '../../ui/plan-colours.ts';
import { withProgress } from '../../ui/progress.ts';
import { readSelection, type SelectionOptions, withSelection } from '../../ui/selection-options.ts';
import {
  comparingText,
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
import { requireConfirmation, showDryRun, warnOfSecrets } from './dry-run.ts';
import { explainStale, findPlan, requirePlanAlone } from './restore-plan.ts';
import { printRestore, restoreText } from './restore-text.ts';

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
  readonly allowOldBytes?: boolean;
  readonly identifiers: IdentifierChoice;
  readonly allowFlagged?: boolean;
}

/** A restore before its confirmation. */
interface PreparedRestore {
  /** The request to the restore function. */
  readonly request: RestoreFields;
  /** The tenant to write to. */
  readonly target: string;
  /** Shows the changes, and asks for a yes.
   * @returns the request for exactly what was shown; null if there is nothing to do */
  showAndAsk(): Promise<RestoreFields | null>;
  /** Adds facts to an error, and throws it. */
  explain(error: unknown): never;
}

type RestoreFields = { readonly tenant: string; readonly into?: string } & Readonly<Record<string, unknown>>;

/** `restore`: restores a tenant from a backup. */
export function registerRestore(program: Command): void {
  const command = withBackup(program.command('restore')).description(
    'restore a tenant from a backup: show the plan, ask, take a safety backup, write, and verify the result',
  );
  withParts(withSending(withSelection(withTarget(withWriteOptions(command)))))
    .option('--plan <id>', 'apply this plan, by its whole id, unless the tenant has changed since')
    .option('--dry-run', 'show what would change, with a role and a token that cannot write')
    .option('--yes', 'skip the plan and the question')
    .option('--prune', 'also delete selected objects that are not in the backup')
    .option(
      '--prune-created-by <operation>',
      'delete only the objects that this operation created, to undo it',
    )
    .option(
      '--include-own-client',
      'also restore the client that the restore authenticates with, which may lock it out',
    )
    .addOption(
      new Option(
        '--identifiers <choice>',
        'identifiers of people that another user has now: fail, skip them, or take them from that user',
      )
        .choices(IDENTIFIER_CHOICES)
        .default('fail'),
    )
    .option('--allow-other-source', 'allow a backup of another source than that of the enrolment')
    .option('--allow-old-bytes', 'allow a version whose bytes were stored before, as in a copied vault')
    .option('--allow-flagged', 'allow the newest backup although the audit flagged it')
    .action(async (name: string, options: RestoreOptions, command: Command) => {
      const prepare = options.plan === undefined ? prepareFromBackup : prepareFromPlan;
      const { request, target, showAndAsk, explain } = await prepare(name, options, command);
      const deployment = openDeployment(globalOptions(command).stack);
      if (options.dryRun) {
        const report = await withProgress(command, comparingText(request.tenant, request.into), () =>
          callFunction<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }).catch(
            explain,
          ),
        );
        print(command, report, restoreText(report));
        if (report.problems.length > 0) process.exitCode = ExitCode.differences;
        return;
      }
      const agreed = options.yes ? request : await showAndAsk();
      if (agreed === null) return;
      const report = await runRestore(agreed, target, deployment, command).catch(explain);
      printRestore(report, command);
    });
}

/** Prepares a restore of a backup from the options. */
async function prepareFromBackup(
  name: string,
  options: RestoreOptions,
  command: Command,
): Promise<PreparedRestore> {
  const reference = parseBackupChoice(name, options, command);
  if (options.prune && options.pruneCreatedBy !== undefined) {
    throw new TenantBackupError(
      'INVALID_REQUEST',
      '--prune and --prune-created-by must not be given together',
    );
  }
  const { tenant } = reference;
  const { parts } = options;
  const [selection, target] = [await readSelection(options, parts), await readTarget(tenant, options)];
  const deployment = openDeployment(globalOptions(command).stack);
  const restorable = await findRestorable(reference, await findingTools(deployment));
  if (options.yes && !options.allowFlagged && !options.dryRun) refuseFlagged(reference, restorable);
  const { flags } = restorable;
  const flagged = flags.length === 0 ? '' : `, which the audit flagged (${flags.join(', ')}),`;
  note(command, flagNotes(reference, restorable));
  const comparable = {
    tenant,
    ...target,
    ...restorable.fields,
    ...(selection && { selection }),
    mode: options.mode,
    credentials: options.credentials,
  };
  const prune = pruneOf(options);
  const request = {
    ...comparable,
    ...(parts && { parts }),
    includeOwnClient: options.includeOwnClient ?? false,
    identifiers: options.identifiers,
    ...allowed(options),
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
      if (!canBePlanned(request)) return showDryRun(request, deployment, command, flagged);
      const plan = await withProgress(command, comparingText(tenant, target.into), () =>
        callFunction<PlanAnswer>(
          deployment,
          'planFunction',
          planRequestOf({
            ...comparable,
            parts,
            prune: prune !== false,
            ...(options.allowOldBytes && { allowOldBytes: true }),
          }),
        ),
      );
      if (!(await confirmPlan(plan, options, command, flagged))) return null;
      return { ...planOnly(plan), ...allowed(options), ...sendingOf(options) };
    },
  };
}

/** Prepares a restore by an existing plan. */
async function prepareFromPlan(
  name: string,
  options: RestoreOptions,
  command: Command,
): Promise<PreparedRestore> {
  requirePlanAlone(name, command);
  const deployment = openDeployment(globalOptions(command).stack);
  const plan = await findPlan(name, options.plan ?? '', deployment);
  const isChosen = command.getOptionValueSource('credentials') === 'cli';
  const request = {
    ...planOnly(plan),
    ...(isChosen && { credentials: options.credentials }),
    ...allowed(options),
    ...sendingOf(options),
  };
  return {
    request,
    target: name,
    explain: explainStale(plan),
    showAndAsk: async () =>
      (await confirmPlan(planAnswer(plan, new Date()), options, command)) ? request : null,
  };
}

/** Returns the request for a plan. Its id is the digest of its content, so the function applies exactly that. */
const planOnly = ({ tenant, planId }: Plan) => ({ tenant, plan: planId });

/** Returns whether a plan can show the whole restore. It cannot for the part identity, our own client,
 * `--prune-created-by` and given credential values. */
function canBePlanned({ parts, prune, includeOwnClient, transform }: PlannableFields): boolean {
  if (needsDryRun(parts) || includeOwnClient || typeof prune === 'object') return false;
  return !(isWithoutHub(parts) && prune) && !('credentialValues' in (transform ?? {}));
}

interface PlannableFields extends PartsOptions {
  readonly prune: ReturnType<typeof pruneOf>;
  readonly includeOwnClient: boolean;
  readonly transform?: object;
}

/** Shows a plan, and asks for a yes.
 * @returns false if there is nothing to do
 * @throws CHANGE_IMPOSSIBLE, SOURCE_MISMATCH, INVALID_REQUEST for any answer but yes */
async function confirmPlan(
  plan: PlanAnswer,
  options: RestoreOptions,
  command: Command,
  flagged = '',
): Promise<boolean> {
  if (plan.isEmpty && plan.problems.length === 0) {
    print(command, plan, coloured(plan.text));
    return false;
  }
  writeError([...coloured(plan.text), '']);
  const { tenant } = plan;
  if (!options.allowOtherSource) refuseOtherSource(plan);
  const { length } = plan.credentialsDiffering;
  warnOfSecrets(length, plan.options.credentials ?? options.credentials, describeDesired(plan));
  await requireConfirmation(tenant, `${describeDesired(plan)}${flagged}`, plan.problems);
  return true;
}

/** Names the state to write, for the question. */
const describeDesired = ({ desired }: PlanAnswer): string =>
  desired.kind === 'live'
    ? `the state of ${desired.tenant}`
    : `backup ${desired.backupId} (stored ${showTimeAndAge(new Date(desired.storedAt), new Date())})`;

/** Refuses before the question what the restore function would refuse after it. */
function refuseOtherSource({ tenant, warnings }: PlanAnswer): void {
  const mismatch = warnings.find(({ code }) => code === 'SOURCE_MISMATCH');
  if (mismatch === undefined) return;
  throw new TenantBackupError('SOURCE_MISMATCH', `${mismatch.message}; nothing was written`, { tenant });
}

const allowed = ({ allowOtherSource, allowOldBytes }: RestoreOptions) => ({
  ...(allowOtherSource && { allowOtherSource }),
  ...(allowOldBytes && { allowOldBytes }),
});

const pruneOf = ({ prune, pruneCreatedBy }: RestoreOptions): boolean | { createdBy: string } =>
  pruneCreatedBy === undefined ? (prune ?? false) : { createdBy: pruneCreatedBy };
