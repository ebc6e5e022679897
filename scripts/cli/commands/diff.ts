import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import { asComparison } from '../../../functions/plan/comparison.ts';
import type { PlanAnswer } from '../../../functions/plan/plan-answer.ts';
import { WHERE_SYSTEM } from '../../../functions/plan/request.ts';
import { call } from '../aws/call-function.ts';
import { openDeployment } from '../aws/deployment.ts';
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

/** `diff`: two states of tenants, object by object. */
export function registerDiff(program: Command): void {
  const command = program
    .command('diff')
    .description(
      'say what changed from a backup to another one, or to the tenant as it is; exit code 3 if anything did',
    )
    .argument('<backup>', 'the old state: <tenant>, or <tenant>@<id>')
    .argument('[other]', 'the new state, also of another tenant (default: the tenant as it is)')
    .option('--as-of <time>', 'the old state: the newest backup that there was at this time');
  withParts(withSelection(command)).action(
    async (name: string, otherName: string | undefined, options: DiffOptions, command: Command) => {
      const old = parseBackupChoice(name, options, command);
      const other = otherName === undefined ? null : parseBackupName(otherName);
      const isNewest = old.id === undefined && old.asOf === undefined;
      if (other && other.id === undefined && isNewest && other.tenant === old.tenant) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          'both name the same backup: give an id to one of them, or --as-of',
        );
      }
      const selection = await readSelection(options, options.parts);
      const deployment = openDeployment(globalOptions(command).stack);
      const stateOf = async (backup: BackupName) => ({
        tenant: backup.tenant,
        ...(await backupFields(backup, deployment)),
      });
      const compare = async (parts: DiffOptions['parts']) =>
        call<PlanAnswer>(deployment, 'planFunction', {
          tenant: old.tenant,
          actual: await stateOf(old),
          desired: other ? await stateOf(other) : { live: true },
          ...(parts && { parts }),
          ...(selection && { selection }),
          credentials: 'restore',
          // What only the old state has is gone in the new one; a plan of a dump never removes it.
          prune: !isWithoutHub(parts),
        });
      const answer = asComparison(
        await withProgress(command, 'comparing', () =>
          compare(options.parts).catch((error: unknown) => compare(meantBy(error, options.parts))),
        ),
      );
      const { counts, changes } = answer;
      const [, ...lines] = coloured(answer.text);
      print(command, answer, lines.slice(lines.findIndex((line) => line !== '')));
      const differing = Object.entries(counts).some(([kind, count]) => kind !== 'unchanged' && count > 0);
      if (differing || changes.length > 0) process.exitCode = ExitCode.differences;
    },
  );
}

type DiffOptions = SelectionOptions & PartsOptions & Pick<BackupOptions, 'asOf'>;

/** @returns the part that a backup without the hub is compared by
 * @throws the error, if it says anything else */
function meantBy(error: unknown, asked: DiffOptions['parts']): DiffOptions['parts'] {
  const isOfDump = isTenantBackupError(error) && error.message.endsWith(WHERE_SYSTEM);
  if (asked !== undefined || !isOfDump) throw error;
  return ['system'];
}
