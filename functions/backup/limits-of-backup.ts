import { parseSelection, type Selection } from '../config/select/selection.ts';
import { isTenantBackupError, TenantBackupError } from '../errors.ts';
import { type BackupLimits, manifestLimits } from '../state/limits.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import type { BackupRequest } from './request.ts';

/** Returns what a backup leaves out: as its enrolment says for all backups, or its request for this one. A request adds to the
 * enrolment's limits, and lifts none.
 * @returns undefined for nothing
 * @throws INVALID_ENROLMENT if the enrolment's selection is none
 * @throws INVALID_REQUEST if the enrolment lacks the hub, or both have a selection */
export function limitsOfBackup(
  { credentials, selection }: Pick<BackupRequest, 'credentials' | 'selection'>,
  enrolment: Pick<Enrolment, 'name' | 'parts' | 'credentials' | 'selection'>,
): BackupLimits | undefined {
  const ofEnrolment = limitsOfEnrolment(enrolment);
  if (credentials === undefined && selection === undefined) return ofEnrolment;
  const refuse = (message: string): never => {
    throw new TenantBackupError('INVALID_REQUEST', message, { tenant: enrolment.name });
  };
  if (!enrolment.parts.includes('hub')) {
    refuse('credentials and selection need the part hub, which the enrolment does not name');
  }
  if (selection !== undefined && ofEnrolment?.selection !== undefined) {
    refuse('selection must be absent, as the enrolment has one');
  }
  const limits: BackupLimits = {
    by: 'request',
    withoutCredentials: credentials === false || ofEnrolment?.withoutCredentials === true,
    selection: selection ?? ofEnrolment?.selection,
  };
  // Refuse before the export what no manifest can hold.
  manifestLimits(limits);
  return limits;
}

/** Returns what all backups of an enrolment leave out.
 * @returns undefined for nothing
 * @throws INVALID_ENROLMENT if its selection is none */
export function limitsOfEnrolment({
  name,
  credentials,
  selection,
}: Pick<Enrolment, 'name' | 'credentials' | 'selection'>): BackupLimits | undefined {
  if (credentials !== false && selection === undefined) return undefined;
  const limits = (parsed: Selection | undefined): BackupLimits => ({
    by: 'enrolment',
    withoutCredentials: credentials === false,
    ...(parsed && { selection: parsed }),
  });
  try {
    const found = limits(selection === undefined ? undefined : parseSelection(selection));
    manifestLimits(found);
    return found;
  } catch (error) {
    if (!isTenantBackupError(error)) throw error;
    throw new TenantBackupError('INVALID_ENROLMENT', `enrolment "${name}": ${error.message}`, {
      tenant: name,
    });
  }
}
