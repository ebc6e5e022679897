import { joinInPlace } from '../config/credentials/credentials.ts';
import { parseConfigPart, parseCredentialsPart } from '../config/export/parts.ts';
import type { Json } from '../config/json/json-value.ts';
import type { OpenedBackup } from '../vault/backup-archive.ts';
import { type DocumentName, partsOf, requireDocument } from '../vault/format/documents.ts';
import { purposeOf } from '../vault/format/key-purpose.ts';

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
  const parts = Map.groupBy(partsOf(document), purposeOf);
  const [config] = parts.get('configuration') ?? [];
  const [credentials] = parts.get('credentials') ?? [];
  if (credentials === undefined) throw new TypeError(`the document ${document} has no credentials`);
  const sealed = parseCredentialsPart(await backup.open(credentials));
  if (config === undefined) return { tree: sealed, secretPointers: [] };
  const { document: blanked } = parseConfigPart(await backup.open(config));
  const byPointer = sealed;
  return { tree: joinInPlace(blanked, byPointer), secretPointers: Object.keys(byPointer) };
}
