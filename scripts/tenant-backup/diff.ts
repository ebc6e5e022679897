import type { Command } from 'commander';
import { TenantBackupError } from '../../functions/errors.ts';
import type { PlanAnswer } from '../../functions/plan/plan-answer.ts';
import { type BackupName, parseBackupName } from './choose-backup.ts';
import { openDeployment } from './deployment.ts';
import { ExitCode } from './exit-code.ts';
import { backupFields, call } from './operation-tools.ts';
import { globalOptions, print } from './output.ts';
import { coloured } from './plan-colours.ts';
import { withProgress } from './progress.ts';
import { readSelection, type SelectionOptions, withSelection } from './selection-options.ts';

/** `diff`: two states of tenants, object by object. */
export function registerDiff(program: Command): void {
  withSelection(
    program
      .command('diff')
      .description(
        'say what changed from a backup to another one, or to the tenant as it is; exit code 3 if anything did',
      )
      .argument('<backup>', 'the old state: <tenant>, or <tenant>@<id>')
      .argument('[other]', 'the new state, also of another tenant (default: the tenant as it is)'),
  ).action(
    async (name: string, otherName: string | undefined, options: SelectionOptions, command: Command) => {
      const old = parseBackupName(name);
      const other = otherName === undefined ? null : parseBackupName(otherName);
      if (other && other.id === undefined && old.id === undefined && other.tenant === old.tenant) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          'both name the same backup: give an id to one of them',
        );
      }
      const selection = await readSelection(options);
      const deployment = openDeployment(globalOptions(command).stack);
      const stateOf = async (backup: BackupName) => ({
        tenant: backup.tenant,
        ...(await backupFields(backup, deployment)),
      });
      const answer = await withProgress(command, 'comparing', async () =>
        call<PlanAnswer>(deployment, 'planFunction', {
          tenant: old.tenant,
          actual: await stateOf(old),
          desired: other ? await stateOf(other) : { live: true },
          ...(selection && { selection }),
          credentials: 'restore',
          // What only the old state has is gone in the new one.
          prune: true,
        }),
      );
      const { counts, changes } = answer;
      const [, ...lines] = answer.text.split('\n');
      print(command, answer, coloured(lines.join('\n').trimStart()));
      const differing = Object.entries(counts).some(([kind, count]) => kind !== 'unchanged' && count > 0);
      if (differing || changes.length > 0) process.exitCode = ExitCode.differences;
    },
  );
}
