import type { Command } from 'commander';
import { leftOutText } from '../../../../functions/plan/parts-text.ts';
import { changesText } from '../../../../functions/plan/plan-text.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import type { TenantPart } from '../../../../functions/tenant/enrolment/enrolment-schema.ts';
import { commandText, idWord } from '../../ui/command-text.ts';
import { ExitCode } from '../../ui/exit-code.ts';
import { pairs } from '../../ui/manifest-text.ts';
import { green, note, print, red, yellow } from '../../ui/output.ts';
import { partsWords } from '../../ui/parts-option.ts';
import { coloured } from '../../ui/plan-colours.ts';

const MAX_NAMED = 20;

/** Returns the report of a restore or of a dry run as lines. */
export function restoreText(report: RestoreReport): string[] {
  const { counts, backup, problems, warnings, outside, parts, otherParts } = report;
  const named = Object.keys(parts) as TenantPart[];
  const changes = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`);
  const of = backup === null || backup.tenant === report.tenant ? '' : ` of ${backup.tenant}`;
  const facts = [
    ['tenant', report.tenant],
    ['verdict', report.verdict === 'verified' ? green('verified') : 'planned (nothing was written)'],
    ['operation', report.operationId],
    ['backup', backup === null ? '-' : `${backup.backupId}${of} (${backup.tier}, ${backup.versionId})`],
    ['parts', [named.join(', '), ...leftOutText(named, otherParts)].join('; ')],
    ['objects', changes.join(', ') || 'none'],
    ...partLines(report),
    ['compared', `${report.equal} of ${report.compared} verified equal, ${report.extra} only in the tenant`],
    ['other objects', `${outside.equal} of ${outside.compared} unchanged`],
    ['skipped', report.leftOut.join(', ') || '-'],
    ...(report.safetyBackup === null ? [] : [['safety backup', report.safetyBackup]]),
  ];
  const lines = pairs(facts);
  const some = (names: readonly string[]) =>
    names.length > MAX_NAMED
      ? [...names.slice(0, MAX_NAMED), `… and ${names.length - MAX_NAMED} more`]
      : names;
  for (const text of some(problems.map(({ code, message }) => red(`problem ${code}: ${message}`))))
    lines.push(text);
  for (const text of some(warnings.map(({ code, message }) => yellow(`warning ${code}: ${message}`))))
    lines.push(text);
  if (report.recorded === false) {
    lines.push(red('not recorded: the ledger took no record of this end, so status calls it interrupted'));
  }
  if (report.changes === null || report.changes.length === 0) return lines;
  return [...lines, '', ...coloured(changesText(report.changes).join('\n'))];
}

/** Returns a line for each part if there are several. */
function partLines({ parts }: RestoreReport): string[][] {
  const entries = Object.entries(parts);
  if (entries.length < 2) return [];
  return entries.map(([part, { compared, equal }]) => [
    `part ${part}`,
    `${equal} of ${compared} verified equal`,
  ]);
}

/** Prints a restore that wrote, and the command that undoes it. A restore without a record ends with an exit code of its own,
 * because `status` advises to repeat it or to go back. */
export function printRestore(report: RestoreReport, command: Command): void {
  const { tenant, safetyBackup, operationId, parts } = report;
  print(command, report, restoreText(report));
  if (report.recorded === false) process.exitCode = ExitCode.notRecorded;
  note(
    command,
    `to undo it: ${commandText('restore', idWord(`${tenant}@${safetyBackup}`, 'backup'), ...partsWords(Object.keys(parts)), '--prune-created-by', idWord(operationId, 'operation'))}`,
  );
}
