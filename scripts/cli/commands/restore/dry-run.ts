import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { callFunction } from '../../aws/call-function.ts';
import type { Deployment } from '../../aws/deployment.client.ts';
import { requireYes } from '../../ui/confirm.ts';
import { print } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import { comparingText } from '../../ui/target-options.ts';
import { writeError } from '../../ui/terminal.ts';
import { restoreText } from './restore-text.ts';

/** Shows a dry run of the restore function, and asks for a yes.
 * @param flagged follows the name of the backup in the question
 * @returns the request with the backup and the number of deletions that were shown; null if there is nothing to do
 * @throws CHANGE_IMPOSSIBLE if there are problems, INVALID_REQUEST for any answer but yes */
export async function showDryRun<
  Request extends {
    readonly tenant: string;
    readonly into?: string;
    readonly prune: unknown;
    readonly credentials?: unknown;
  },
>(request: Request, deployment: Deployment, command: Command, flagged: string) {
  const { tenant, into } = request;
  const report = await withProgress(command, comparingText(tenant, into), () =>
    callFunction<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }),
  );
  const { created = 0, updated = 0, pruned = 0 } = report.counts;
  if (created + updated + pruned === 0 && report.problems.length === 0) {
    print(command, report, restoreText(report));
    return null;
  }
  writeError([...restoreText(report), '']);
  const backup = `backup ${report.backup?.backupId}`;
  warnOfSecrets(report.credentialsDiffering.length, request.credentials, backup);
  await requireConfirmation(into ?? tenant, `${backup}${flagged}`, report.problems);
  return {
    ...request,
    versionId: report.backup?.versionId,
    asOf: undefined,
    tier: undefined,
    ...(request.prune === true && { prune: { expected: pruned } }),
  };
}

/** Warns before the question that secrets go back: those rotated since then stop working.
 * @param choice `keep` to keep the present credentials
 * @param source the state that the credentials come from */
export function warnOfSecrets(count: number, choice: unknown, source: string): void {
  if (count === 0 || choice === 'keep') return;
  const go = count === 1 ? '1 secret goes back to its value' : `${count} secrets go back to their values`;
  writeError([`${go} in ${source}; to keep the present ones: --credentials keep`]);
}

/** Asks for a yes before a restore.
 * @param what names the state to write
 * @throws CHANGE_IMPOSSIBLE if there are problems, INVALID_REQUEST for any answer but yes */
export async function requireConfirmation(
  tenant: string,
  what: string,
  problems: readonly { readonly code: string }[],
): Promise<void> {
  const [first] = problems;
  if (first !== undefined) {
    const message = 'the plan has problems, see above; nothing was written';
    throw new TenantBackupError('CHANGE_IMPOSSIBLE', message, { tenant, problem: first.code });
  }
  await requireYes(`This takes a safety backup of ${tenant}, then writes ${what} to it.`, undefined);
}
