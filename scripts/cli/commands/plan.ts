import type { Command } from 'commander';
import type { PlanAnswer } from '../../../functions/plan/plan-answer.ts';
import { callFunction } from '../aws/call-function.ts';
import { openDeployment } from '../aws/deployment.client.ts';
import { findingTools } from '../aws/find-backup.ts';
import { findRestorable, flagNotes } from '../aws/flagged-backup.ts';
import { type BackupOptions, parseBackupChoice, withBackup } from '../ui/backup-options.ts';
import { commandText, idWord } from '../ui/command-text.ts';
import { ExitCode } from '../ui/exit-code.ts';
import { globalOptions, note, print } from '../ui/output.ts';
import { type PartsOptions, withParts } from '../ui/parts-option.ts';
import { coloured } from '../ui/plan-colours.ts';
import { withProgress } from '../ui/progress.ts';
import { readSelection, type SelectionOptions, withSelection } from '../ui/selection-options.ts';
import {
  comparingText,
  planRequestOf,
  readTarget,
  type TargetOptions,
  withTarget,
} from '../ui/target-options.ts';
import { type WriteOptions, withWriteOptions } from '../ui/write-options.ts';

type PlanOptions = BackupOptions &
  SelectionOptions &
  WriteOptions &
  TargetOptions &
  PartsOptions & { readonly prune?: boolean; readonly allowOldBytes?: boolean };

/** `plan`: shows what a restore would change. */
export function registerPlan(program: Command): void {
  const command = withBackup(program.command('plan')).description(
    'show what a restore would change, object by object; writes nothing to the tenant',
  );
  withParts(withSelection(withTarget(withWriteOptions(command))))
    .option('--prune', 'include what restore --prune would delete: objects that only the tenant has')
    .option('--allow-old-bytes', 'allow a version whose bytes were stored before, as in a copied vault')
    .action(async (name: string, options: PlanOptions, command: Command) => {
      const reference = parseBackupChoice(name, options, command);
      const { tenant } = reference;
      const { parts } = options;
      const [selection, target] = [await readSelection(options, parts), await readTarget(tenant, options)];
      const deployment = openDeployment(globalOptions(command).stack);
      const restorable = await findRestorable(reference, await findingTools(deployment));
      note(command, flagNotes(reference, restorable));
      const plan = await withProgress(command, comparingText(tenant, target.into), async () =>
        callFunction<PlanAnswer>(
          deployment,
          'planFunction',
          planRequestOf({
            tenant,
            ...target,
            ...restorable.fields,
            ...(parts && { parts }),
            ...(selection && { selection }),
            mode: options.mode,
            credentials: options.credentials,
            prune: options.prune ?? false,
            ...(options.allowOldBytes && { allowOldBytes: true }),
          }),
        ),
      );
      print(command, plan, coloured(plan.text));
      if (plan.problems.length > 0) process.exitCode = ExitCode.differences;
      else if (!plan.isEmpty) {
        note(
          command,
          `to apply it: ${commandText('restore', idWord(plan.tenant, 'tenant'), '--plan', idWord(plan.planId, 'plan'))}`,
        );
      }
    });
}
