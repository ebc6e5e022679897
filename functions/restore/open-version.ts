import { type Credentials, joinCredentials } from '../config/credentials.ts';
import { isObject, type Json, type JsonObject, parseJson } from '../config/json.ts';
import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { openBackup } from '../vault/backup-archive.ts';
import type { Manifest, PartName } from '../vault/manifest.ts';
import type { VaultVersion } from '../vault/vault.client.ts';

/** Read, check and open one backup.
 * @returns the exported document, credentials included, and its manifest
 * @throws VERSION_NOT_FOUND and the errors of `openBackup` */
export async function openVersion(
  version: VaultVersion,
  { vault, sealer, keys, maxExportBytes }: Pick<Clients, 'vault' | 'sealer' | 'keys' | 'maxExportBytes'>,
): Promise<{ manifest: Manifest; tree: Json }> {
  const opened = await openBackup(
    await vault.get(version),
    {
      tenant: version.tenant,
      trustedKeyArns: [keys.config, keys.credentials],
      // Escapes and spacing may differ from the export's, so that its own limit is not quite the limit here.
      maxPartBytes: maxExportBytes * 2,
    },
    sealer,
  );
  const [config, credentials] = await Promise.all(
    (['hub.config', 'hub.credentials'] as const).map(async (name) =>
      parsePart(name, await opened.open(name)),
    ),
  );
  if (!config || !credentials) throw new TypeError('both parts are opened');
  const document = config['document'];
  if (document === undefined) {
    throw new TenantBackupError('PART_MALFORMED', 'hub.config must have the member document', {
      part: 'hub.config',
    });
  }
  return { manifest: opened.manifest, tree: joinCredentials(document, credentials as Credentials) };
}

function parsePart(name: PartName, bytes: Buffer): JsonObject {
  let value: Json;
  try {
    value = parseJson(bytes);
  } catch {
    throw new TenantBackupError('PART_MALFORMED', `${name} must be JSON`, { part: name });
  }
  if (!isObject(value))
    throw new TenantBackupError('PART_MALFORMED', `${name} must be a JSON object`, { part: name });
  return value;
}
