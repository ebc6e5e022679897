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

/** A backup's configuration parts by name: all that a role without access to credentials can read. */
export type Configurations = ReadonlyMap<PartName, ConfigPart>;

/** A backup whose form, digests and sizes have been checked. */
export interface ReadBackup {
  readonly manifest: Manifest;
  /** Opens and checks the configuration parts. Credentials stay sealed.
   * @throws the errors of `OpenedBackup.open`; PART_MALFORMED if the counts differ */
  openConfigurations(): Promise<Configurations>;
}

/** Checks the form, digests and sizes of all parts of a backup. `openConfigurations` then checks the recipients of each part,
 * the seal, signature and context of the configuration parts, and their object counts. Credentials stay sealed; their
 * digests show that they are unchanged.
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

/** Requires that a part's object counts equal the manifest's counts for its export.
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

/** Count names outside the tree, see `countName`. User data is sealed whole, so the audit cannot count it. */
const OTHER_EXPORTS = /^(system|identity)_/;
