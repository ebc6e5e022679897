import { mapLimited } from '../../../../functions/map-limited.ts';
import type { KeyPurpose } from '../../../../functions/runtime/names.ts';
import { purposeOf } from '../../../../functions/vault/format/key-purpose.ts';
import type { Manifest, PartName } from '../../../../functions/vault/format/manifest.ts';
import type { BackupKey } from '../../../../functions/vault/keys/key-registry.ts';
import type { KeptBackups } from '../../../../functions/vault/storage/kept-backups.client.ts';
import type { VaultVersion } from '../../../../functions/vault/storage/vault.client.ts';

/** A backup and its manifest. */
export interface KeptBackup {
  readonly version: VaultVersion;
  readonly manifest: Manifest;
}

/** The backups that a key seals for one purpose. */
export interface KeyUsage {
  readonly purpose: KeyPurpose;
  readonly keyArn: string;
  /** Number of backups with a part sealed by it. */
  readonly backups: number;
  /** Their tenants, sorted. */
  readonly tenants: readonly string[];
  /** The newest of them. */
  readonly sample: { readonly version: VaultVersion; readonly part: PartName };
}

const READS_AT_A_TIME = 16;

/** Reads the manifests of all backups in the vault.
 * @returns newest first */
export async function readKeptBackups(kept: KeptBackups): Promise<KeptBackup[]> {
  return mapLimited(await kept.list(), READS_AT_A_TIME, async (version) => ({
    version,
    manifest: await kept.manifest(version),
  }));
}

/** Lists the keys that backups need, according to their manifests.
 * @param backups newest first
 * @returns by purpose and ARN */
export function keyUsages(backups: readonly KeptBackup[]): KeyUsage[] {
  const uses = backups.flatMap(({ version, manifest }) => {
    const ofBackup = manifest.parts.flatMap(({ name, recipients }) =>
      recipients.flatMap((recipient) =>
        recipient.type === 'kms'
          ? [{ purpose: purposeOf(name), keyArn: recipient.keyArn, version, part: name }]
          : [],
      ),
    );
    const names = ofBackup.map(usageName);
    return ofBackup.filter((use, index) => names.indexOf(usageName(use)) === index);
  });
  const groups = [...Map.groupBy(uses, usageName)].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.flatMap(([, group]) => {
    const [newest] = group;
    if (!newest) return [];
    const { purpose, keyArn, version, part } = newest;
    const tenants = [...new Set(group.map((use) => use.version.tenant))].sort();
    return [{ purpose, keyArn, backups: group.length, tenants, sample: { version, part } }];
  });
}

/** Identifies a key in use: the same key may be used for both purposes by mistake. */
export const usageName = ({ purpose, keyArn }: Pick<BackupKey, 'purpose' | 'keyArn'>): string =>
  `${purpose} ${keyArn}`;
