import { countObjects } from '../config/objects.ts';
import { type ConfigPart, parseConfigPart } from '../config/parts.ts';
import { TenantBackupError } from '../errors.ts';
import { openBackup } from '../vault/backup-archive.ts';
import { purposeOf, type TrustedKeys } from '../vault/key-purpose.ts';
import type { Manifest } from '../vault/manifest.ts';
import type { Sealer } from '../vault/sealer.client.ts';
import type { Vault, VaultVersion } from '../vault/vault.client.ts';

/** Escapes and spacing may differ from the export's, so that its own limit is not quite the limit of a part. */
const PART_PER_EXPORT = 2;

export interface OpenTools {
  readonly vault: Pick<Vault, 'get'>;
  readonly sealer: Pick<Sealer, 'opener'>;
  readonly maxExportBytes: number;
}

/** A backup of which the outside has been checked. */
export interface ReadBackup {
  readonly manifest: Manifest;
  /** Check the inside, as far as whoever may not read credentials can.
   * @returns the tree; null for a backup of other exports only
   * @throws the errors of `OpenedBackup.open`; PART_MALFORMED if the counts differ */
  openConfiguration(): Promise<ConfigPart | null>;
}

/** Check a backup as far as the right to open configurations goes: form, digests and sizes of all parts; then whom each
 * part is sealed for; seal, signature and context of the configuration parts; and the objects in the tree against those
 * that the manifest counts. Credentials stay sealed: that they are the ones that were sealed is what their digest says.
 * @param trusted keys that may have sealed the tenant's backups
 * @throws the errors of `openBackup`; VERSION_NOT_FOUND, BACKUP_ARCHIVED, BACKUP_TOO_LARGE */
export async function readBackup(
  version: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
  trusted: TrustedKeys,
  { vault, sealer, maxExportBytes }: OpenTools,
): Promise<ReadBackup> {
  const maxPartBytes = maxExportBytes * PART_PER_EXPORT;
  const opener = sealer.opener(trusted);
  const bytes = await vault.get(version, { maxBytes: maxPartBytes });
  const backup = openBackup(bytes, { tenant: version.tenant, maxPartBytes }, opener);
  const { manifest } = backup;
  return {
    manifest,
    async openConfiguration() {
      let config: ConfigPart | null = null;
      for (const { name, recipients } of manifest.parts) {
        if (!recipients.some((recipient) => opener.canOpenFor(recipient, name))) {
          throw new TenantBackupError('KEY_MISMATCH', `${name} must be sealed for ${opener.name}`, {
            part: name,
          });
        }
        if (purposeOf(name) !== 'configuration') continue;
        const plain = await backup.open(name);
        if (name === 'hub.config') config = parseConfigPart(plain);
      }
      if (config) requireCounts(manifest, config);
      return config;
    },
  };
}

/** @throws PART_MALFORMED */
function requireCounts({ objects, source, parts }: Manifest, { document }: ConfigPart): void {
  const counted: Readonly<Record<string, number>> = countObjects(document, { shape: source.shape });
  const isTreeAlone = parts.every(({ name }) => name.startsWith('hub.'));
  const names = new Set([...Object.keys(counted), ...(isTreeAlone ? Object.keys(objects) : [])]);
  for (const name of names) {
    const [expected, found] = [objects[name] ?? 0, counted[name] ?? 0];
    if (expected === found) continue;
    throw new TenantBackupError(
      'PART_MALFORMED',
      `hub.config must hold ${expected} objects of type ${name}, as the manifest says, it holds ${found}`,
      { part: 'hub.config', type: name, expected, found },
    );
  }
}
