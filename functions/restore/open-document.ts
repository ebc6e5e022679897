import { joinCredentials } from '../config/credentials.ts';
import type { Json } from '../config/json-value.ts';
import { parseConfigPart, parseCredentialsPart } from '../config/parts.ts';
import type { OpenedBackup } from '../vault/backup-archive.ts';

/** Open both parts of a backup and put the credentials back.
 * @returns the exported document, credentials included
 * @throws the errors of `OpenedBackup.open`, and PART_MALFORMED if the two parts do not fit together */
export async function openDocument(backup: OpenedBackup): Promise<Json> {
  const { document } = parseConfigPart(await backup.open('hub.config'));
  return joinCredentials(document, parseCredentialsPart(await backup.open('hub.credentials')));
}
