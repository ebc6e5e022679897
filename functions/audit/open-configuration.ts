import { objectCounts } from '../backup/manifest-counts.ts';
import { type ConfigPart, parseConfigPart } from '../config/export/parts.ts';
import type { JsonObject } from '../config/json/json.ts';
import { countDumpObjects } from '../config/model/dump-objects.ts';
import { countObjects } from '../config/model/objects.ts';
import { TenantBackupError } from '../errors.ts';
import { type OpeningTools, openVersion } from '../state/open-backup.ts';
import { purposeOf } from '../vault/format/key-purpose.ts';
import type { Manifest, PartName } from '../vault/format/manifest.ts';
import type { Opener } from '../vault/format/opener.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';

/** What whoever may not read credentials sees of a backup: its configuration parts, by name. */
export type Configurations = ReadonlyMap<PartName, ConfigPart>;

/** A backup of which the outside has been checked. */
export interface ReadBackup {
  readonly manifest: Manifest;
  /** Check the inside, as far as whoever may not read credentials can.
   * @throws the errors of `OpenedBackup.open`; PART_MALFORMED if the counts differ */
  openConfigurations(): Promise<Configurations>;
}

/** Check a backup as far as the right to open configurations goes: form, digests and sizes of all parts; then whom each
 * part is sealed for; seal, signature and context of the configuration parts; and the objects in the tree against those
 * that the manifest counts. Credentials stay sealed: that they are the ones that were sealed is what their digest says.
 * @throws the errors of `openVersion` */
export async function readBackup(
  version: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
  opener: Opener,
  tools: OpeningTools,
): Promise<ReadBackup> {
  const backup = await openVersion(version, opener, tools);
  const { manifest } = backup;
  return {
    manifest,
    async openConfigurations() {
      const configurations = new Map<PartName, ConfigPart>();
      for (const { name, recipients } of manifest.parts) {
        if (!recipients.some((recipient) => opener.canOpenFor(recipient, name))) {
          throw new TenantBackupError('KEY_MISMATCH', `${name} must be sealed for ${opener.name}`, {
            part: name,
          });
        }
        if (purposeOf(name) !== 'configuration') continue;
        const config = parseConfigPart(await backup.open(name));
        requireCounts(manifest, name, config);
        configurations.set(name, config);
      }
      return configurations;
    },
  };
}

/** The objects that a part holds must be those that the manifest counts for its export.
 * @throws PART_MALFORMED */
function requireCounts({ objects, source }: Manifest, part: PartName, { document }: ConfigPart): void {
  const isDump = part === 'system.config';
  const counted = isDump
    ? objectCounts('system', countDumpObjects(document as JsonObject))
    : objectCounts('hub', countObjects(document, { shape: source.shape }));
  const isOfPart = (name: string): boolean => OTHER_EXPORTS.test(name) === isDump;
  const names = new Set([...Object.keys(counted), ...Object.keys(objects).filter(isOfPart)]);
  for (const name of names) {
    if (name.startsWith('identity_')) continue;
    const [expected, found] = [objects[name] ?? 0, counted[name] ?? 0];
    if (expected === found) continue;
    throw new TenantBackupError(
      'PART_MALFORMED',
      `${part} must hold ${expected} objects of type ${name}, as the manifest says, it holds ${found}`,
      { part, type: name, expected, found },
    );
  }
}

/** Names that are not of the tree, see `countName`. People's data is sealed as a whole, so that nobody counts it here. */
const OTHER_EXPORTS = /^(system|identity)_/;
