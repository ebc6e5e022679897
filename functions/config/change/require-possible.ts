import { TenantBackupError } from '../../errors.ts';
import type { ChangeSet } from './change-set.ts';

/** Refuses an impossible operation before anything is written.
 * @throws CREDENTIALS_CHOICE if credentials differ and the caller chose no side; facts count them
 * @throws CHANGE_IMPOSSIBLE naming the first problem; facts have the places of the first ten */
export function requirePossible({
  needsCredentialChoice,
  credentialsDiffering,
  problems,
}: Pick<ChangeSet, 'needsCredentialChoice' | 'credentialsDiffering' | 'problems'>): void {
  const [first] = problems;
  if (first !== undefined) {
    const others = problems.length > 1 ? `, and ${problems.length - 1} more problems` : '';
    throw new TenantBackupError('CHANGE_IMPOSSIBLE', `${first.message} (${first.pointer || '/'})${others}`, {
      problems: problems.length,
      problem: first.code,
      pointers: problems.slice(0, 10).map(({ pointer }) => pointer),
    });
  }
  if (needsCredentialChoice) {
    throw new TenantBackupError(
      'CREDENTIALS_CHOICE',
      `credentials must be "restore" or "keep", as ${credentialsDiffering.length} of them differ, first at ${credentialsDiffering[0]}`,
      { differing: credentialsDiffering.length, pointers: credentialsDiffering.slice(0, 10) },
    );
  }
}
