import type { ChangeSet } from '../config/change-set.ts';
import { requirePossible } from '../config/require-possible.ts';
import { TenantBackupError } from '../errors.ts';
import type { RestoreRequest } from './request.ts';

/** As many objects may be deleted without saying how many: what a person can read before agreeing. */
export const MOST_PRUNED_UNCOUNTED = 10;

/** Judge what is about to be written, while nothing has been.
 * @throws CHANGE_IMPOSSIBLE if SecureAuth would refuse the document, or leave something out of it
 * @throws PRUNE_UNEXPECTED if other than the expected number of objects would be deleted */
export function judgeChanges(changes: ChangeSet, prune: RestoreRequest['prune']): void {
  requirePossible(changes);
  const count = changes.counts.pruned ?? 0;
  if (prune === false || (typeof prune === 'object' && 'createdBy' in prune)) return;
  if (prune === true && count <= MOST_PRUNED_UNCOUNTED) return;
  if (prune !== true && prune.expected === count) return;
  const bound =
    prune === true
      ? `be {"expected": ${count}} to delete more than ${MOST_PRUNED_UNCOUNTED} objects`
      : `expect the ${count} objects that would be deleted, got ${prune.expected}`;
  throw new TenantBackupError('PRUNE_UNEXPECTED', `prune must ${bound}`, { count });
}
