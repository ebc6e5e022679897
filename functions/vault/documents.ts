import { TenantBackupError } from '../errors.ts';
import { type Manifest, PART_NAMES, type PartName } from './manifest.ts';

/** The documents that a backup may hold, each in one or two parts. */
export const DOCUMENTS = ['hub', 'system', 'identity'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

/** The parts that a document is sealed as. */
export const partsOf = (document: DocumentName): PartName[] =>
  PART_NAMES.filter((name) => name.startsWith(`${document}.`));

export const documentsIn = ({ parts }: Pick<Manifest, 'parts'>): DocumentName[] =>
  DOCUMENTS.filter((document) => parts.some(({ name }) => name.startsWith(`${document}.`)));

/** @throws PART_ABSENT if the backup does not hold the document; that is no damage, but what its enrolment asked for */
export function requireDocument(
  manifest: Pick<Manifest, 'parts' | 'backupId'>,
  document: DocumentName,
): void {
  const held = documentsIn(manifest);
  if (held.includes(document)) return;
  const { backupId } = manifest;
  throw new TenantBackupError(
    'PART_ABSENT',
    `backup ${backupId} has no ${document} document, it holds ${held.join(' and ')}`,
    { backupId, document, held },
  );
}
