import { TenantBackupError } from '../../errors.ts';
import { DOCUMENTS, type DocumentName, documentsIn, missingDocuments, requireDocument } from './documents.ts';
import type { Manifest } from './manifest.ts';

/** Which documents of a backup are meant by the parts that a request names. By itself that is the hub's; of a backup without it,
 * whatever it has but people, whose data nobody overwrites without saying so.
 * @param asked undefined where the request names none
 * @returns in the order in which they are written
 * @throws PART_ABSENT if the backup has not all of them, or nothing but people and they were not asked for */
export function requestedDocuments(
  asked: readonly DocumentName[] | undefined,
  manifest: Pick<Manifest, 'parts' | 'backupId' | 'warnings'>,
): DocumentName[] {
  const { backupId } = manifest;
  const held = documentsIn(manifest);
  // The system's is no substitute for the hub's where the latter has failed.
  if (asked === undefined && missingDocuments(manifest).includes('hub')) requireDocument(manifest, 'hub');
  const meant: readonly DocumentName[] =
    asked ?? (held.includes('hub') ? ['hub'] : held.filter((document) => document !== 'identity'));
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
