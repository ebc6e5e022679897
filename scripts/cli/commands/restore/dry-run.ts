import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { RestoreReport } from '../../../../functions/restore/parts/restore-report.ts';
import { call } from '../../aws/call-function.ts';
import type { Deployment } from '../../aws/deployment.ts';
import { requireYes } from '../../ui/confirm.ts';
import { print } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import { comparing } from '../../ui/target-options.ts';
import { writeError } from '../../ui/terminal.ts';
import { restoreText } from './restore-text.ts';

/** Show what a restore would do as the restore function itself sees it, and have that agreed to.
 * @returns the request, of the very backup and number of deletions that were shown; null if there is nothing to do
 * @throws CHANGE_IMPOSSIBLE, INVALID_REQUEST unless the answer is yes */
export async function showDryRun<
  Request extends {
    readonly tenant: string;
    readonly into?: string;
    readonly prune: unknown;
    readonly credentials?: unknown;
  },
>(request: Request, deployment: Deployment, command: Command) {
  const { tenant, into } = request;
  const report = await withProgress(command, comparing(tenant, into), () =>
    call<RestoreReport>(deployment, 'restoreFunction', { ...request, dryRun: true }),
  );
  const { created = 0, updated = 0, pruned = 0 } = report.counts;
  if (created + updated + pruned === 0 && report.problems.length === 0) {
    print(command, report, restoreText(report));
    return null;
  }
  writeError([...restoreText(report), '']);
  const backup = `backup ${report.backup?.backupId}`;
  remarkSecrets(report.credentialsDiffering.length, request.credentials, backup);
  await requireAgreement(into ?? tenant, backup, report.problems);
  return {
    ...request,
    versionId: report.backup?.versionId,
    asOf: undefined,
    tier: undefined,
    ...(request.prune === true && { prune: { expected: pruned } }),
  };
}

/** Say which secrets go back, before anybody is asked: those that were rotated since then stop working.
 * @param choice what becomes of credentials
 * @param source what they go back to */
export function remarkSecrets(count: number, choice: unknown, source: string): void {
  if (count === 0 || choice === 'keep') return;
  const go = count === 1 ? '1 secret goes back to that' : `${count} secrets go back to those`;
  writeError([`${go} of ${source}; keep today's: --credentials keep`]);
}

/** @param what is written
 * @throws CHANGE_IMPOSSIBLE if there are problems, INVALID_REQUEST unless the answer is yes */
export async function requireAgreement(
  tenant: string,
  what: string,
  problems: readonly unknown[],
): Promise<void> {
  if (problems.length > 0) {
    const message = 'the plan has problems, see above; nothing was written';
    throw new TenantBackupError('CHANGE_IMPOSSIBLE', message, { tenant });
  }
  await requireYes(`This writes ${what} to ${tenant}, after saving it as it is.`, undefined);
}
