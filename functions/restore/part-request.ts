/** What cannot be asked of the parts system and identity is refused, rather than left out without a word. */
import { isOfWorkspacesAlone } from '../config/dump-selection.ts';
import { TenantBackupError } from '../errors.ts';
import type { TenantPart } from '../tenant/enrolment-schema.ts';
import type { DumpRestoreRequest, RestoreRequest } from './request.ts';

/** @param parts that are restored
 * @throws INVALID_REQUEST naming the field and the reason */
export function refuseForDumps(
  request: RestoreRequest | DumpRestoreRequest,
  parts: readonly TenantPart[],
): void {
  const dumps = parts.filter((part) => part !== 'hub');
  if (dumps.length === 0) return;
  const { into, transform, prune, send, mode, selection } = request;
  const refuse = (message: string): never => {
    throw new TenantBackupError('INVALID_REQUEST', `${message} where parts are ${parts.join(', ')}`, {
      parts,
    });
  };
  if ((into !== undefined && into !== request.tenant) || transform !== undefined) {
    refuse('into and transform must be absent, as every object of a dump names its tenant,');
  }
  if (prune === true || (typeof prune === 'object' && 'expected' in prune)) {
    refuse('prune must be false or {"createdBy": <operation id>}, as imports of dumps delete nothing,');
  }
  if (send !== 'everything' && !parts.includes('hub')) {
    refuse('send must be "everything"');
  }
  if (mode !== 'update' && parts.includes('identity')) {
    refuse('mode must be "update", as the identity API overwrites in any case,');
  }
  if (selection === undefined || !parts.includes('hub')) return;
  const isShared = [...selection.include, ...selection.exclude].every(isOfWorkspacesAlone);
  if (!isShared || parts.includes('identity')) {
    refuse(
      'selection must be of workspaces alone, and of no people, as types have other names in each part,',
    );
  }
}
