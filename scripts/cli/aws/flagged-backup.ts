import { flagsOfVersion } from '../../../functions/audit/mark-flags.ts';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import type { BackupName } from '../ui/backup-options.ts';
import { type BackupFields, type FindingTools, fieldsWithoutId, findBackup } from './find-backup.ts';

/** A backup as a request names it, and what the audit says of it. */
export interface RestorableBackup {
  readonly fields: BackupFields;
  /** Codes of the audit's findings about a backup that the person did not name by its id. */
  readonly flags: readonly string[];
  /** Code of the failure, if the audit's findings cannot be read. */
  readonly unknown?: string;
}

/** Finds a backup and what the audit says of it. An unreadable ledger prevents no restore.
 * @throws the errors of `findBackup` */
export async function findRestorable(name: BackupName, tools: FindingTools): Promise<RestorableBackup> {
  const { tenant, id } = name;
  try {
    const version = await findBackup(name, tools);
    const fields = { versionId: version.versionId };
    if (id !== undefined) return { fields, flags: [] };
    const history = await tools.history(tenant);
    return { fields, flags: (history && flagsOfVersion(history, version)) ?? [] };
  } catch (error) {
    const isUnreadable = isTenantBackupError(error) && error.code.startsWith('AWS_');
    if (id !== undefined || !isUnreadable) throw error;
    return { fields: fieldsWithoutId(name), flags: [], unknown: error.code };
  }
}

/** Tells a person what the audit says of a backup that no id names. */
export function flagNotes({ tenant }: BackupName, { flags, unknown }: RestorableBackup): string[] {
  if (unknown !== undefined) return [`what the audit says of this backup cannot be read: ${unknown}`];
  if (flags.length === 0) return [];
  return [`the audit flagged this backup: ${flags.join(', ')}; the newest that it did not: ${tenant}@good`];
}

/** Refuses a flagged backup where no person answers a question.
 * @throws BACKUP_FLAGGED */
export function refuseFlagged({ tenant }: BackupName, { flags, fields }: RestorableBackup): void {
  if (flags.length === 0) return;
  throw new TenantBackupError(
    'BACKUP_FLAGGED',
    `the audit flagged backup ${fields.versionId} of "${tenant}": ${flags.join(', ')}; nothing was written`,
    { tenant, flags },
  );
}
