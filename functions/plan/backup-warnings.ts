import type { Warning } from '../config/model/warning.ts';
import { missingDocuments } from '../vault/format/documents.ts';
import type { Manifest } from '../vault/format/manifest.ts';

/** Warns of the parts that a backup lacks.
 * @returns null if it is whole */
export function incompleteBackup(manifest: Pick<Manifest, 'backupId' | 'warnings'>): Warning | null {
  const missing = missingDocuments(manifest);
  if (missing.length === 0) return null;
  return {
    code: 'BACKUP_INCOMPLETE',
    message: `backup ${manifest.backupId} is incomplete: the export of ${missing.join(' and ')} failed`,
    pointers: [],
  };
}
