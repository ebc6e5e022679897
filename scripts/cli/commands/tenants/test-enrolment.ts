import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import type { Enrolments } from '../../../../functions/tenant/enrolment/enrolment.client.ts';
import type { Enrolment } from '../../../../functions/tenant/enrolment/enrolment.ts';
import { isShared, type SharedEnrolment } from '../../../../functions/tenant/enrolment/shared-enrolment.ts';
import { checkTenant, type TenantCheck } from '../../aws/check-tenant.client.ts';
import { note } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';

/** Runs the checks of an enrolment before it is stored. */
export function testEnrolment(
  name: string,
  enrolment: Enrolment | SharedEnrolment,
  enrolments: Enrolments,
  command: Command,
): Promise<TenantCheck[]> {
  const get = async () => {
    if (!isShared(enrolment)) return enrolment;
    throw new TenantBackupError('INVALID_REQUEST', `enrolment "${name}" is shared by several tenants`);
  };
  return withProgress(command, `testing ${name}`, () =>
    checkTenant(name, { ...enrolments, resolve: async () => enrolment, get }, { withExport: true }),
  );
}

/** Refuses an enrolment for its failed checks.
 * @throws the code of the first one */
export function requirePassed(name: string, failed: readonly TenantCheck[], command: Command): void {
  const [first] = failed;
  if (first === undefined) return;
  note(
    command,
    failed.map(({ check, code, message }) => `${check}: ${code === null ? '' : `${code}: `}${message}`),
  );
  throw new TenantBackupError(
    first.code ?? 'INVALID_ENROLMENT',
    `the test of "${name}" failed: ${first.check}: ${first.message}; nothing was stored`,
    { tenant: name, failed: failed.length, stored: false },
  );
}

/** Marks an error as one that stored nothing, so that the hint names no stored enrolment. */
export function markNotStored<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!isTenantBackupError(error)) throw error;
    throw new TenantBackupError(
      error.code,
      error.message,
      { ...error.facts, stored: false },
      { cause: error },
    );
  }
}
