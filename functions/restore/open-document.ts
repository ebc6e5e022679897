import { joinInPlace } from '../config/credentials.ts';
import type { Json } from '../config/json-value.ts';
import { parseConfigPart, parseCredentialsPart } from '../config/parts.ts';
import type { OpenedBackup } from '../vault/backup-archive.ts';
import { type DocumentName, requireDocument } from '../vault/documents.ts';
import type { PartName } from '../vault/manifest.ts';

/** Where each exported document is: its configuration, if that is apart, and its credentials. */
const PARTS_OF: Readonly<Record<DocumentName, { config?: PartName; credentials: PartName }>> = {
  hub: { config: 'hub.config', credentials: 'hub.credentials' },
  system: { config: 'system.config', credentials: 'system.credentials' },
  // People's data is all of it.
  identity: { credentials: 'identity.credentials' },
};

/** Open the parts of a document and put the credentials back.
 * @returns the exported document, credentials included
 * @throws PART_ABSENT if the backup does not hold it, the errors of `OpenedBackup.open`, and PART_MALFORMED if two parts do
 * not fit together */
export const openDocument = async (backup: OpenedBackup, document: DocumentName = 'hub'): Promise<Json> =>
  (await openWithPointers(backup, document)).tree;

/** `openDocument`, with the JSON Pointers of the credentials; those of a document that is one part are not known. */
export async function openWithPointers(
  backup: OpenedBackup,
  document: DocumentName = 'hub',
): Promise<{ readonly tree: Json; readonly secretPointers: readonly string[] }> {
  requireDocument(backup.manifest, document);
  const parts = PARTS_OF[document];
  const credentials = await backup.open(parts.credentials);
  if (parts.config === undefined) return { tree: parseCredentialsPart(credentials), secretPointers: [] };
  const { document: config } = parseConfigPart(await backup.open(parts.config));
  const byPointer = parseCredentialsPart(credentials);
  return { tree: joinInPlace(config, byPointer), secretPointers: Object.keys(byPointer) };
}
