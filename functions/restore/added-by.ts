import { TenantBackupError } from '../errors.ts';
import type { OperationRecord } from './operation.ts';
import type { RestoreTools } from './work.ts';

/** What an operation has added to the tenant, or was about to add.
 * @returns JSON Pointers of objects
 * @throws OPERATION_NOT_FOUND */
export async function addedBy(
  tenant: string,
  operationId: string,
  { ledger }: Pick<RestoreTools, 'ledger'>,
): Promise<ReadonlySet<string>> {
  const found = await ledger.read('operations', tenant, operationId);
  if (found === null) {
    throw new TenantBackupError(
      'OPERATION_NOT_FOUND',
      `prune.createdBy: the ledger knows of no operation ${operationId} on tenant "${tenant}"`,
      { tenant },
    );
  }
  return new Set((found.document as OperationRecord).creates ?? []);
}
