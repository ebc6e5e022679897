import { joinInPlace } from '../config/credentials.ts';
import type { Json } from '../config/json-value.ts';
import { parseConfigPart, parseCredentialsPart } from '../config/parts.ts';
import { forget } from '../forget.ts';
import type { OpenedBackup } from '../vault/backup-archive.ts';

/** Open both parts of a backup and put the credentials back.
 * @returns the exported document, credentials included
 * @throws the errors of `OpenedBackup.open`, and PART_MALFORMED if the two parts do not fit together */
export const openDocument = async (backup: OpenedBackup): Promise<Json> =>
  (await openWithPointers(backup)).tree;

/** `openDocument`, with the JSON Pointers of the credentials. */
export async function openWithPointers(
  backup: OpenedBackup,
): Promise<{ readonly tree: Json; readonly secretPointers: readonly string[] }> {
  const plain = await backup.open('hub.config');
  const { document } = parseConfigPart(plain);
  forget(plain);
  const credentials = parseCredentialsPart(await backup.open('hub.credentials'));
  return { tree: joinInPlace(document, credentials), secretPointers: Object.keys(credentials) };
}
