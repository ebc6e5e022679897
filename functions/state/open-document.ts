import { joinInPlace } from '../config/credentials/credentials.ts';
import { parseConfigPart, parseCredentialsPart } from '../config/export/parts.ts';
import type { Json } from '../config/json/json-value.ts';
import type { OpenedBackup } from '../vault/backup-archive.ts';
import { type DocumentName, partsOf, requireDocument } from '../vault/format/documents.ts';
import { purposeOf } from '../vault/format/key-purpose.ts';

/** Opens the parts of a document and puts the credentials back.
 * @returns the exported document, credentials included, and the JSON Pointers of the credentials; none for a document that is
 *   sealed as one part, and for a backup without credentials
 * @throws PART_ABSENT if the backup does not hold it, PART_MALFORMED if two parts do not match, and the errors of
 *   `OpenedBackup.open` */
export async function openDocument(
  backup: OpenedBackup,
  name: DocumentName = 'hub',
): Promise<{ readonly document: Json; readonly secretPointers: readonly string[] }> {
  requireDocument(backup.manifest, name);
  const parts = Map.groupBy(partsOf(name), purposeOf);
  const [config] = parts.get('configuration') ?? [];
  const [credentials] = parts.get('credentials') ?? [];
  if (credentials === undefined) throw new TypeError(`the document ${name} has no credentials`);
  const sealed =
    backup.manifest.limits?.credentials === false ? {} : parseCredentialsPart(await backup.open(credentials));
  if (config === undefined) return { document: sealed, secretPointers: [] };
  const { document } = parseConfigPart(await backup.open(config));
  return { document: joinInPlace(document, sealed), secretPointers: Object.keys(sealed) };
}
