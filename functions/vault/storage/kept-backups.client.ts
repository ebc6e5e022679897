import type { S3Client } from '@aws-sdk/client-s3';
import { TenantBackupError } from '../../errors.ts';
import { vaultKey } from '../format/layout.ts';
import type { Manifest } from '../format/manifest.ts';
import { MAX_PEEK_BYTES, peekManifest } from '../format/peek-manifest.ts';
import { listVault, newestFirst, type VaultVersion, versionOf } from './listing.client.ts';
import { readObject } from './stored-object.client.ts';

/** All backups of all tenants, for inventories. */
export interface KeptBackups {
  /** Lists the versions of all archives.
   * @returns newest first; needs `s3:ListBucketVersions` */
  list(): Promise<VaultVersion[]>;
  /** Lists them together with the archives that a delete marker hides; needs the same permission. */
  inventory(): Promise<VaultInventory>;
  /** Reads the manifest of a backup, without the rest of the archive; needs `s3:GetObjectVersion`.
   * @throws VERSION_NOT_FOUND, ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED and the errors of `readObject` */
  manifest(version: VaultVersion): Promise<Manifest>;
}

/** All content of the vault. */
export interface VaultInventory {
  /** Newest first. */
  readonly versions: readonly VaultVersion[];
  /** Archives whose newest entry is a delete marker. */
  readonly deleted: readonly Pick<VaultVersion, 'tier' | 'tenant'>[];
}

/** Holds most manifests, which have about 2 KiB. */
const FIRST_PEEK_BYTES = 8 * 1024;

export function createKeptBackups(s3: S3Client, bucket: string): KeptBackups {
  const beginningOf = async (version: VaultVersion, sizeBytes: number): Promise<Uint8Array> => {
    const key = vaultKey(version.tier, version.tenant);
    const { versionId } = version;
    const found = await readObject(
      s3,
      { Bucket: bucket, Key: key, VersionId: versionId, Range: `bytes=0-${sizeBytes - 1}` },
      { action: 's3:GetObjectVersion' },
    );
    if (found !== null) return found.bytes;
    throw new TenantBackupError('VERSION_NOT_FOUND', `no version ${versionId} of ${key}`, { key, versionId });
  };

  const inventory = async (): Promise<VaultInventory> => {
    const versions: VaultVersion[] = [];
    const deleted: Pick<VaultVersion, 'tier' | 'tenant'>[] = [];
    for await (const listed of listVault(s3, bucket)) {
      if (!listed.deleteMarker) versions.push(versionOf(listed));
      else if (listed.isLatest) deleted.push({ tier: listed.tier, tenant: listed.tenant });
    }
    return { versions: newestFirst(versions), deleted };
  };

  return {
    inventory,

    list: async () => [...(await inventory()).versions],

    async manifest(version) {
      let peeked = peekManifest(await beginningOf(version, FIRST_PEEK_BYTES));
      if ('neededBytes' in peeked) peeked = peekManifest(await beginningOf(version, MAX_PEEK_BYTES));
      if (!('neededBytes' in peeked)) return peeked;
      throw new TenantBackupError(
        'ARCHIVE_MALFORMED',
        `version ${version.versionId} must have at least ${peeked.neededBytes} bytes, got ${version.sizeBytes}`,
        { versionId: version.versionId },
      );
    },
  };
}
