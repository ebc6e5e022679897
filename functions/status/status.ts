import { isTenantBackupError } from '../errors.ts';
import { type BackupStatus, type BackupTools, statusOfBackup } from './backup-status.ts';
import { type OperationStatus, type OperationTools, statusOfOperation } from './operation-status.ts';
import type { StatusRequest } from './request.ts';

/** The last restore and the last backup of a tenant. Ids, counts and times. */
export interface StatusReport {
  readonly tenant: string;
  /** A restore or a patch; null if the ledger has none. */
  readonly operation: OperationStatus | null;
  /** Null if there is none, or if the request names an operation. */
  readonly backup: BackupStatus | null;
}

/** Reports on a tenant, from the ledger and the list of its backups.
 * @throws OPERATION_NOT_FOUND if there is no such operation, or neither an operation nor a backup */
export async function status(
  request: StatusRequest,
  tools: OperationTools & BackupTools,
): Promise<StatusReport> {
  const { tenant, operationId } = request;
  if (operationId !== undefined) {
    return { tenant, operation: await statusOfOperation(request, tools), backup: null };
  }
  const backup = await statusOfBackup(tenant, tools);
  const operation = await statusOfOperation(request, tools).catch((error: unknown) => {
    if (backup !== null && isTenantBackupError(error) && error.code === 'OPERATION_NOT_FOUND') return null;
    throw error;
  });
  return { tenant, operation, backup };
}
