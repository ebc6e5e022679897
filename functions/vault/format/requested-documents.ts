import { TenantBackupError } from '../../errors.ts';
import { DOCUMENTS, type DocumentName, documentsIn, missingDocuments, requireDocument } from './documents.ts';
import type { Manifest } from './manifest.ts';

/** Returns the documents of a backup that a request means. Without named parts, it means all except people, whose data is only
 * overwritten on request.
 * @param asked undefined if the request names no parts
 * @param isOfHub whether a request without named parts means only the hub's document, if the backup has it
 * @returns the documents in the order in which they are written
 * @throws PART_ABSENT if the backup lacks one of them, or holds only people and the request does not name them */
export function requestedDocuments(
  asked: readonly DocumentName[] | undefined,
  manifest: Pick<Manifest, 'parts' | 'backupId' | 'warnings'>,
  isOfHub = false,
): DocumentName[] {
  const { backupId } = manifest;
  const held = documentsIn(manifest);
  // The document of the system does not replace the hub's if the hub's export failed.
  if (asked === undefined && missingDocuments(manifest).includes('hub')) requireDocument(manifest, 'hub');
  const unnamed = held.filter((document) => document !== 'identity');
  const meant = asked ?? (isOfHub && held.includes('hub') ? ['hub' as const] : unnamed);
  const absent = meant.find((document) => !held.includes(document));
  if (absent !== undefined) {
    throw new TenantBackupError(
      'PART_ABSENT',
      `parts must be among ${held.join(', ')}, which backup ${backupId} holds, got "${absent}"`,
      { backupId, part: absent, held },
    );
  }
  if (meant.length === 0) {
    throw new TenantBackupError(
      'PART_ABSENT',
      `parts must be ["identity"]: backup ${backupId} holds nothing else, and people are restored only if asked for by name`,
      { backupId, held },
    );
  }
  return DOCUMENTS.filter((document) => meant.includes(document));
}
