import type { ChangeSet } from '../../config/change/change-set.ts';
import type { DumpChangeSet } from '../../config/change/dump-change-set.ts';
import { dumpPlaceOf } from '../../config/change/dump-selection.ts';
import { requirePossible } from '../../config/change/require-possible.ts';
import { compareTrees } from '../../config/compare/compare.ts';
import type { Json } from '../../config/json/json-value.ts';
import { isWithin } from '../../config/model/places.ts';
import { SYSTEM_WORKSPACE } from '../../config/references/reference-targets.ts';
import { TenantBackupError } from '../../errors.ts';
import type { HubTarget } from '../source/restore-plan.ts';

/** Deletions that need no expected number: a person can read a list of this length. */
const MOST_PRUNED_UNCOUNTED = 10;

/** Validates the changes before any write.
 * @throws CHANGE_IMPOSSIBLE if SecureAuth would refuse the document, or leave something out of it
 * @throws PRUNE_UNEXPECTED if other than the expected number of objects would be deleted */
export function validateChanges(changes: ChangeSet, prune: HubTarget['prune']): void {
  requirePossible(changes);
  const count = changes.counts.pruned ?? 0;
  if (prune === false || prune === 'all' || (typeof prune === 'object' && 'createdBy' in prune)) return;
  if (prune === true && count <= MOST_PRUNED_UNCOUNTED) return;
  if (prune !== true && prune.expected === count) return;
  const bound =
    prune === true
      ? `be {"expected": ${count}} to delete more than ${MOST_PRUNED_UNCOUNTED} objects`
      : `expect the ${count} objects to delete, got ${prune.expected}`;
  throw new TenantBackupError('PRUNE_UNEXPECTED', `prune must ${bound}`, { count });
}

/** Refuses changes outside the workspaces that an enrolment lists: without an export, nothing could back up or verify them.
 * @throws INVALID_REQUEST */
export function refuseUnlisted({ changes }: ChangeSet, workspaces: readonly string[] | undefined): void {
  if (workspaces === undefined) return;
  const listed = new Set(workspaces);
  const unlisted = changes.filter(({ kind, type, id, workspace }) => {
    const place = type === 'server' ? id : workspace;
    const isListed = place !== undefined && listed.has(place);
    return WRITTEN.has(kind) && !isListed;
  });
  const [first] = unlisted;
  if (first === undefined) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `the restore must write only the ${workspaces.length} workspaces that the enrolment lists, got ${first.pointer || 'the tenant itself'}: select these workspaces`,
    { unlisted: unlisted.length, pointers: unlisted.slice(0, 10).map(({ pointer }) => pointer) },
  );
}

/** Does the same for a dump. The clients that serve a workspace live in the workspace `system`.
 * @throws INVALID_REQUEST */
export function refuseUnlistedObjects(
  { changes }: Pick<DumpChangeSet, 'changes'>,
  workspaces: readonly string[] | undefined,
): void {
  if (workspaces === undefined) return;
  const listed = new Set(workspaces);
  const unlisted = changes.filter(({ kind, type, id, workspace }) => {
    const place = type === 'servers' ? id : workspace;
    const isCarried =
      place === SYSTEM_WORKSPACE && (type === 'clients' || type.endsWith('_execution_points'));
    return WRITTEN.has(kind) && !isCarried && !(place !== undefined && listed.has(place));
  });
  const [first] = unlisted;
  if (first === undefined) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `the restore must write only the ${workspaces.length} workspaces that the enrolment lists, got ${dumpPlaceOf(first)}: select these workspaces`,
    { unlisted: unlisted.length, pointers: unlisted.slice(0, 10).map(dumpPlaceOf) },
  );
}

/** Refuses a patch that changes skipped objects: all of a patch happens, or nothing. */
export function refuseLeftOut(desired: Json, live: Json, leftOut: readonly string[]): void {
  const places = new Set(leftOut);
  const changed = compareTrees(desired, live).differences.flatMap(({ pointer, properties }) => [
    pointer,
    ...properties.map((property) => property.pointer),
  ]);
  const pointer = changed.find((each) => isWithin(each, places));
  if (pointer === undefined) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `patch must not change ${pointer}, which is, or serves, the client that it authenticates with, unless includeOwnClient is true`,
    { pointer },
  );
}

const WRITTEN: ReadonlySet<string> = new Set(['created', 'updated', 'pruned', 'notRestorable']);
