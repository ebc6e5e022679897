import { TenantBackupError } from '../errors.ts';
import type { TenantPart } from '../tenant/enrolment-schema.ts';
import { parseOperationRecord } from './operation-record.ts';
import type { RestoreTools } from './work.ts';

/** What an operation has added to the tenant, or was about to add, by part: JSON Pointers of objects in the tree, and keys of
 * those in dumps. */
export type AddedBy = Readonly<Record<TenantPart, ReadonlySet<string>>>;

/** Look up what an operation has added.
 * @throws OPERATION_NOT_FOUND */
export async function addedBy(
  tenant: string,
  operationId: string,
  { ledger }: Pick<RestoreTools, 'ledger'>,
): Promise<AddedBy> {
  const found = await ledger.read('operations', tenant, operationId);
  const record = found && parseOperationRecord(found.document, tenant, operationId);
  if (record === null) {
    throw new TenantBackupError(
      'OPERATION_NOT_FOUND',
      `prune.createdBy: the ledger knows of no operation ${operationId} on tenant "${tenant}"`,
      { tenant },
    );
  }
  const { creates = [], createsBeside } = record;
  return {
    hub: new Set(creates),
    system: new Set(createsBeside?.system),
    identity: new Set(createsBeside?.identity),
  };
}
