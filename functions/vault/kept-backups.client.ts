import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';
import { parseVaultKey, vaultKey } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { MAX_PEEK_BYTES, peekManifest } from './peek-manifest.ts';
import type { VaultVersion } from './vault.client.ts';

/** All backups of all tenants, as an inventory needs them. */
export interface KeptBackups {
  /** @returns every version of every archive, newest first; needs `s3:ListBucketVersions` */
  list(): Promise<VaultVersion[]>;
  /** The same, with the archives that a delete marker hides; needs the same permission. */
  inventory(): Promise<VaultInventory>;
  /** Read the public page of a backup, and no more of it than that; needs `s3:GetObjectVersion`.
   * @throws VERSION_NOT_FOUND, ARCHIVE_MALFORMED, MANIFEST_MALFORMED, FORMAT_UNSUPPORTED */
  manifest(version: VaultVersion): Promise<Manifest>;
}

/** Everything that lies in the vault. */
export interface VaultInventory {
  /** Newest first. */
  readonly versions: readonly VaultVersion[];
  /** Archives whose newest entry is a delete marker. */
  readonly deleted: readonly Pick<VaultVersion, 'tier' | 'tenant'>[];
}

/** Holds most manifests, which take about 2 KiB. */
const FIRST_PEEK_BYTES = 8 * 1024;

export function createKeptBackups(s3: S3Client, bucket: string): KeptBackups {
  const beginningOf = async (version: VaultVersion, sizeBytes: number): Promise<Uint8Array> => {
    const key = vaultKey(version.tier, version.tenant);
    const { Body } = await s3
      .send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          VersionId: version.versionId,
          Range: `bytes=0-${sizeBytes - 1}`,
        }),
      )
      .catch((error: unknown) => {
        if (error instanceof Error && (error.name === 'NoSuchVersion' || error.name === 'NoSuchKey')) {
          throw new TenantBackupError('VERSION_NOT_FOUND', `no version ${version.versionId} of ${key}`, {
            key,
            versionId: version.versionId,
          });
        }
        return awsError('s3:GetObjectVersion', { bucket, key, versionId: version.versionId })(error);
      });
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  };

  const inventory = async (): Promise<VaultInventory> => {
    const versions: VaultVersion[] = [];
    const deleted: Pick<VaultVersion, 'tier' | 'tenant'>[] = [];
    let keyMarker: string | undefined;
    let versionIdMarker: string | undefined;
    do {
      const page: ListObjectVersionsCommandOutput = await s3
        .send(
          new ListObjectVersionsCommand({
            Bucket: bucket,
            KeyMarker: keyMarker,
            VersionIdMarker: versionIdMarker,
          }),
        )
        .catch(awsError('s3:ListBucketVersions', { bucket }));
      for (const { Key = '', VersionId, ETag, Size, LastModified } of page.Versions ?? []) {
        const place = parseVaultKey(Key);
        if (!place || !VersionId || !LastModified) continue;
        versions.push({
          ...place,
          versionId: VersionId,
          etag: ETag ?? '',
          sizeBytes: Size ?? 0,
          storedAt: LastModified,
        });
      }
      for (const { Key = '', IsLatest } of page.DeleteMarkers ?? []) {
        const place = parseVaultKey(Key);
        if (place && IsLatest) deleted.push(place);
      }
      keyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
      versionIdMarker = page.NextVersionIdMarker;
    } while (keyMarker !== undefined);
    return {
      versions: versions.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime()),
      deleted,
    };
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
