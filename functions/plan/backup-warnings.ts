import type { Warning } from '../config/model/warning.ts';
import { missingDocuments } from '../vault/format/documents.ts';
import { extentOf } from '../vault/format/extent.ts';
import type { Manifest } from '../vault/format/manifest.ts';

/** Warns of what a backup lacks.
 * @returns null if it is whole */
export function extentWarning(manifest: Pick<Manifest, 'backupId' | 'warnings' | 'limits'>): Warning | null {
  const { backupId, limits } = manifest;
  switch (extentOf(manifest)) {
    case 'whole':
      return null;
    case 'incomplete':
      return {
        code: 'BACKUP_INCOMPLETE',
        message: `backup ${backupId} is incomplete: the export of ${missingDocuments(manifest).join(' and ')} failed`,
        pointers: [],
      };
    case 'limited': {
      const left = [
        ...(limits?.credentials === false ? ['has no credentials: those of the tenant stay'] : []),
        ...(limits?.selection === undefined ? [] : ['holds a selection: nothing outside of it is pruned']),
      ];
      return { code: 'BACKUP_LIMITED', message: `backup ${backupId} ${left.join(', and ')}`, pointers: [] };
    }
  }
}
