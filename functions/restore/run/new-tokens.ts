/** Proves that an operation has not locked out its own client. */
import type { Json } from '../../config/json/json-value.ts';
import { toTenantBackupError } from '../../defect.ts';
import { TenantBackupError } from '../../errors.ts';
import { exportUntilStable } from '../parts/parts.ts';
import type { PartTarget, Run } from '../source/restore-plan.ts';

/** Begins an operation with new tokens: an old one may expire before a roll-back ends.
 * @throws the errors of `Tokens.get`: nothing has been written that could be the reason */
export const beginWithNewTokens = async <T extends Pick<Run, 'apis'>>(run: T): Promise<T> => ({
  ...run,
  apis: await run.apis.withNewTokens(),
});

/** Exports a part with new tokens, until it no longer changes. The tokens of the run stay for a roll-back.
 * @param isEnough accepts a state without another export
 * @throws LOCKED_OUT if the tenant gives no token, or refuses the new one; and the errors of `exportState` */
export async function exportWithNewTokens(
  { apis, tools }: Pick<Run, 'apis' | 'tools'>,
  target: PartTarget,
  isEnough: (state: Json) => boolean,
): Promise<Json> {
  const renewed = await apis.withNewTokens().catch((error: unknown) => {
    throw lockedOutBy(toTenantBackupError(error), TOKEN_REFUSALS);
  });
  try {
    return await exportUntilStable(target, renewed, tools.retryTools, isEnough);
  } catch (error) {
    throw lockedOutBy(toTenantBackupError(error), REFUSALS);
  }
}

/** Refusals of a client, and of a request with a token. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AUTHENTICATION_REFUSED',
  'PERMISSION_DENIED',
  'TENANT_NOT_FOUND',
]);

/** Refusals of a token: a script that fails, which the write may have brought, is answered by a status of 5xx. */
const TOKEN_REFUSALS: ReadonlySet<string> = new Set([
  ...REFUSALS,
  'UNEXPECTED_RESPONSE',
  'TENANT_UNAVAILABLE',
]);

/** Returns the error, as LOCKED_OUT if the tenant answered and refused. */
function lockedOutBy(error: TenantBackupError, refusals: ReadonlySet<string>): TenantBackupError {
  const { code, message, facts } = error;
  if (!refusals.has(code) || (code === 'TENANT_UNAVAILABLE' && facts['status'] === undefined)) return error;
  return new TenantBackupError(
    'LOCKED_OUT',
    `the client gets no new token that works: ${message}`,
    { ...facts, causedBy: code },
    { cause: error },
  );
}
