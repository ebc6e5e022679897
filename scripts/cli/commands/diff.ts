import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import { asComparison } from '../../../functions/plan/comparison.ts';
import type { PlanAnswer } from '../../../functions/plan/plan-answer.ts';
import { WHERE_SYSTEM } from '../../../functions/plan/request.ts';
import { callFunction } from '../aws/call-function.ts';
import { openDeployment } from '../aws/deployment.client.ts';
import { backupFields } from '../aws/find-backup.ts';
import {
  type BackupName,
  type BackupOptions,
  parseBackupChoice,
  parseBackupName,
} from '../ui/backup-options.ts';
import { ExitCode } from '../ui/exit-code.ts';
import { globalOptions, print } from '../ui/output.ts';
import { isWithoutHub, type PartsOptions, withParts } from '../ui/parts-option.ts';
import { coloured } from '../ui/plan-colours.ts';
import { withProgress } from '../ui/progress.ts';
import { readSelection, type SelectionOptions, withSelection } from '../ui/selection-options.ts';
import { showTime } from '../ui/times.ts';

/** `diff`: compares two states, object by object. */
export function registerDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('compare a backup with another one or with the live tenant; exit code 3 if they differ')
    .argument('<backup>', 'the old state: <tenant>, or <tenant>@<id>')
    .argument('[other]', 'the new state, possibly of another tenant (default: the live tenant)')
    .option('--as-of <time>', 'the old state: the newest backup at this time')
    .option('--allow-old-bytes', 'allow a version whose bytes were stored before, as in a copied vault');
  withParts(withSelection(command)).action(
    async (name: string, otherName: string | undefined, options: DiffOptions, command: Command) => {
      const old = parseBackupChoice(name, options, command);
      const other = otherName === undefined ? null : parseBackupName(otherName);
      const isNewest = old.id === undefined && old.asOf === undefined;
      if (other && other.id === undefined && isNewest && other.tenant === old.tenant) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          'both arguments name the same backup: add an id to one of them, or --as-of',
        );
      }
      const selection = await readSelection(options, options.parts);
      const deployment = openDeployment(globalOptions(command).stack);
      const stateOf = async (backup: BackupName) => ({
        tenant: backup.tenant,
        ...(await backupFields(backup, deployment)),
      });
      const compare = async (parts: DiffOptions['parts']) =>
        callFunction<PlanAnswer>(deployment, 'planFunction', {
          tenant: old.tenant,
          actual: await stateOf(old),
          desired: other ? await stateOf(other) : { live: true },
          ...(parts && { parts }),
          ...(selection && { selection }),
          ...(options.allowOldBytes && { allowOldBytes: true }),
          credentials: 'restore',
          // Objects that only the old state has count as removed; a plan of a dump refuses prune.
          prune: !isWithoutHub(parts),
        });
      const answer = asComparison(
        await withProgress(command, 'comparing', () =>
          compare(options.parts).catch((error: unknown) => compare(partsToTry(error, options.parts))),
        ),
        new Date(),
        showTime,
      );
      const { counts, changes } = answer;
      print(command, answer, coloured(answer.text));
      const differing = Object.entries(counts).some(([kind, count]) => kind !== 'unchanged' && count > 0);
      if (differing || changes.length > 0) process.exitCode = ExitCode.differences;
    },
  );
}

type DiffOptions = SelectionOptions &
  PartsOptions &
  Pick<BackupOptions, 'asOf'> & {
    readonly allowOldBytes?: boolean;
  };

/** Returns the parts for a second try: a backup without the hub is compared by the part `system`.
 * @throws the error if it has another cause */
function partsToTry(error: unknown, asked: DiffOptions['parts']): DiffOptions['parts'] {
  const isOfDump = isTenantBackupError(error) && error.message.endsWith(WHERE_SYSTEM);
  if (asked !== undefined || !isOfDump) throw error;
  return ['system'];
}
