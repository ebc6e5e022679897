import type { TenantBackupError } from '../errors.ts';

/** Failures that do not prove a backup broken. Keys have their own findings, and limits are settings. Permissions and
 * credentials belong to the audit. A version may expire after it was listed. */
const NOT_OF_THE_BACKUP: ReadonlySet<string> = new Set([
  'AWS_ACCESS_DENIED',
  'AWS_NOT_CONFIGURED',
  'BACKUP_TOO_LARGE',
  'KEY_UNAVAILABLE',
  'VERSION_NOT_FOUND',
]);

/** Decides whether a failure to open a backup means that it is broken. Otherwise the next audit tries again. */
export const meansBroken = ({
  code,
  disposition,
}: Pick<TenantBackupError, 'code' | 'disposition'>): boolean =>
  disposition !== 'retry' && !NOT_OF_THE_BACKUP.has(code);
