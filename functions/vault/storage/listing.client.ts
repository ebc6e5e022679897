import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsError } from '../../aws-errors.ts';
import type { Tier } from '../../runtime/names.ts';
import { parseVaultKey } from '../format/layout.ts';

/** One backup in the vault, as S3 lists it. Listing needs no permission to read objects. */
export interface VaultVersion {
  readonly tier: Tier;
  readonly tenant: string;
  readonly versionId: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** When S3 stored it: the only clock that a restore by time trusts. */
  readonly storedAt: Date;
}

/** A version, or a delete marker, which has no content and hides the versions before it. */
export interface ListedVersion extends VaultVersion {
  readonly deleteMarker: boolean;
  /** Whether it is the newest of its key. */
  readonly isLatest: boolean;
}

/** Lists the content of the vault, page by page; needs `s3:ListBucketVersions`. It skips objects that are no
 * archives, which someone may have put there.
 * @param prefix lists only keys that begin with it; a key may be the beginning of others
 * @returns versions by key; in each page the versions come before the delete markers */
export async function* listVault(
  s3: S3Client,
  bucket: string,
  prefix?: string,
): AsyncGenerator<ListedVersion, void, void> {
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    page = await s3
      .send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          Prefix: prefix,
          KeyMarker: page?.NextKeyMarker,
          VersionIdMarker: page?.NextVersionIdMarker,
        }),
      )
      .catch(awsError('s3:ListBucketVersions', { bucket, ...(prefix === undefined ? {} : { key: prefix }) }));
    const listed = [
      ...(page.Versions ?? []).map((version) => ({ ...version, deleteMarker: false })),
      ...(page.DeleteMarkers ?? []).map((marker) => ({ ...marker, ETag: '', Size: 0, deleteMarker: true })),
    ];
    for (const { Key = '', VersionId, ETag, Size, LastModified, IsLatest, deleteMarker } of listed) {
      const place = parseVaultKey(Key);
      if (!place || !VersionId || !LastModified) continue;
      yield {
        ...place,
        versionId: VersionId,
        etag: ETag ?? '',
        sizeBytes: Size ?? 0,
        storedAt: LastModified,
        deleteMarker,
        isLatest: IsLatest ?? false,
      };
    }
  } while (page.IsTruncated);
}

/** Sorts versions by the clock of S3, newest first. */
export const newestFirst = <Version extends Pick<VaultVersion, 'storedAt'>>(versions: Version[]): Version[] =>
  versions.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime());

/** Removes the facts that only a listing knows. */
export const versionOf = ({ deleteMarker: _, isLatest: __, ...version }: ListedVersion): VaultVersion =>
  version;
