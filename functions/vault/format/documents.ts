import { TenantBackupError } from '../../errors.ts';
import { type Manifest, PART_NAMES, type PartName } from './manifest.ts';

/** The documents that a backup may hold, each in one or two parts. */
export const DOCUMENTS = ['hub', 'system', 'identity'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

/** Lists the parts that a document is sealed as. */
export const partsOf = (document: DocumentName): PartName[] =>
  PART_NAMES.filter((name) => name.startsWith(`${document}.`));

export const documentsIn = ({ parts }: Pick<Manifest, 'parts'>): DocumentName[] =>
  DOCUMENTS.filter((document) => parts.some(({ name }) => name.startsWith(`${document}.`)));

/** Lists the documents that a backup should hold, and lacks because their exports failed permanently. */
export const missingDocuments = ({ warnings }: Pick<Manifest, 'warnings'>): DocumentName[] =>
  DOCUMENTS.filter((document) => warnings[missingWarning(document)] !== undefined);

/** Names a missing document in the warnings of a manifest. */
export const missingWarning = (document: DocumentName): string => `missing_${document}`;

/** Names a document without workspaces, pools and people in the warnings of a manifest. */
export const emptyWarning = (document: DocumentName): string => `empty_${document}`;

/** Requires that a backup holds a document.
 * @throws PART_ABSENT if it does not; the enrolment may not include the document */
export function requireDocument(
  manifest: Pick<Manifest, 'parts' | 'backupId' | 'warnings'>,
  document: DocumentName,
): void {
  const held = documentsIn(manifest);
  if (held.includes(document)) return;
  const { backupId } = manifest;
  const isIncomplete = missingDocuments(manifest).includes(document);
  const why = isIncomplete ? ', as it is incomplete: the export failed' : '';
  throw new TenantBackupError(
    'PART_ABSENT',
    `backup ${backupId} has no ${document} document${why}, it holds ${held.join(' and ')}`,
    { backupId, document, held, ...(isIncomplete && { isIncomplete }) },
  );
}
