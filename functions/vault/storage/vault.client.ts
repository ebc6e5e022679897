import { GetObjectTaggingCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { awsError } from '../../aws-errors.ts';
import { TenantBackupError } from '../../errors.ts';
import { FUNCTION_TAGS, type Tier, UPLOADED_TAG } from '../../runtime/names.ts';
import type { Extent } from '../format/extent.ts';
import { vaultKey } from '../format/layout.ts';
import { isWithin, type Period } from '../retention/calendar.ts';
import { NO_LOCKS, type VersionLocks } from '../retention/retention-locks.ts';
import { listVault, newestFirst, type VaultVersion, versionOf } from './listing.client.ts';
import { readObject } from './stored-object.client.ts';

export type { VaultVersion } from './listing.client.ts';

/** Tells a version from others: how much it holds of what it could hold, or who uploaded it. */
export type VersionMark = Extent | { readonly uploadedBy: string };

/** The archives of all tenants. Writing, listing and reading need three different permissions. */
export interface Vault {
  /** Lists versions.
   * @returns all versions of a tenant's archives in one tier, newest first; needs `s3:ListBucketVersions` */
  listVersions(tier: Tier, tenant: string): Promise<VaultVersion[]>;
  /** Finds the version for a scheduled time.
   * @param extent of the version. @default - any but `incomplete`
   * @returns null if there is none; needs `s3:GetObjectVersionTagging` */
  findScheduled(
    tier: Tier,
    tenant: string,
    scheduledTime: string,
    extent?: Extent,
  ): Promise<VaultVersion | null>;
  /** Finds the newest version of an extent whose scheduled time lies within a period.
   * @param extent @default 'whole'
   * @returns null if there is none; needs the same permission */
  findWithin(tier: Tier, tenant: string, period: Period, extent?: Extent): Promise<VaultVersion | null>;
  /** Stores an archive as a new version, locked as its tier requires. Needs `s3:PutObject`, `s3:PutObjectTagging`,
   * and `s3:PutObjectRetention` if the tier has a lock.
   * It has no condition: S3 requires `s3:GetObject` for `If-Match`, and the role that puts must not read. See `claimRequest`.
   * @param scheduledTime RFC 3339 in UTC; becomes a tag, by which a repeated request finds this version
   * @param mark names the tag: no search for a whole version finds another one. @default 'whole' */
  put(
    tier: Tier,
    tenant: string,
    bytes: Uint8Array,
    scheduledTime: string,
    mark?: VersionMark,
  ): Promise<{ versionId: string; etag: string }>;
  /** Returns who uploaded a version, as the command noted it; null of all others. The roles of functions cannot set this mark.
   * Needs `s3:GetObjectVersionTagging` */
  uploadedBy(version: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>): Promise<string | null>;
  /** Reads an archive.
   * @param options.maxBytes larger archives are refused before their body is read
   * @throws VERSION_NOT_FOUND if there is no such version; needs `s3:GetObjectVersion`
   * @throws BACKUP_TOO_LARGE, BACKUP_ARCHIVED and the errors of `readObject` */
  get(
    version: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
    options: { maxBytes: number },
  ): Promise<Buffer>;
}

const [WHOLE_TAG, LIMITED_TAG, INCOMPLETE_TAG] = FUNCTION_TAGS;

/** The tag that holds the scheduled time of a version, by extent. */
const TIME_TAGS: Readonly<Record<Extent, string>> = {
  whole: WHOLE_TAG,
  limited: LIMITED_TAG,
  incomplete: INCOMPLETE_TAG,
};

/** The extents of a backup that answers its request. */
const ANSWERS: readonly Extent[] = ['whole', 'limited'];

/** What S3 refuses in the value of a tag, and the most characters that it takes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const NOT_IN_TAGS = /[^\p{L}\p{N} +\-=._:/@]/gu;
const MAX_TAG_CHARACTERS = 256;

function tagsOf(scheduledTime: string, mark: VersionMark): Record<string, string> {
  if (typeof mark === 'string') return { [TIME_TAGS[mark]]: scheduledTime };
  return { [UPLOADED_TAG]: mark.uploadedBy.replaceAll(NOT_IN_TAGS, '_').slice(0, MAX_TAG_CHARACTERS) };
}

/** Above this size an archive is uploaded in parts; the object appears only when S3 has all of them. */
const SINGLE_PUT_BYTES = 5 * 1024 * 1024;

/** Creates the vault.
 * @param locks protect new versions of each tier from deletion */
export function createVault(s3: S3Client, bucket: string, locks: VersionLocks = NO_LOCKS): Vault {
  const listVersions: Vault['listVersions'] = async (tier, tenant) => {
    const versions: VaultVersion[] = [];
    for await (const listed of listVault(s3, bucket, vaultKey(tier, tenant))) {
      if (listed.tenant === tenant && !listed.deleteMarker) versions.push(versionOf(listed));
    }
    return newestFirst(versions);
  };

  const tagOf = async (
    names: readonly string[],
    { tier, tenant, versionId }: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
  ): Promise<string | undefined> => {
    const { TagSet } = await s3
      .send(
        new GetObjectTaggingCommand({ Bucket: bucket, Key: vaultKey(tier, tenant), VersionId: versionId }),
      )
      .catch(awsError('s3:GetObjectVersionTagging', { bucket, versionId }));
    return TagSet?.find(({ Key = '' }) => names.includes(Key))?.Value;
  };

  const find = async (
    tier: Tier,
    tenant: string,
    since: Date,
    extents: readonly Extent[],
    isWanted: (scheduledTime: string) => boolean,
  ) => {
    const names = extents.map((extent) => TIME_TAGS[extent]);
    for (const version of await listVersions(tier, tenant)) {
      // A backup is never stored before its scheduled time.
      if (version.storedAt < since) continue;
      const scheduledTime = await tagOf(names, version);
      if (scheduledTime !== undefined && isWanted(scheduledTime)) return version;
    }
    return null;
  };

  return {
    listVersions,

    findScheduled: (tier, tenant, scheduledTime, extent) =>
      find(
        tier,
        tenant,
        new Date(scheduledTime),
        extent === undefined ? ANSWERS : [extent],
        (time) => time === scheduledTime,
      ),

    findWithin: (tier, tenant, period, extent = 'whole') =>
      find(tier, tenant, period.from, [extent], (time) => isWithin(period, new Date(time))),

    uploadedBy: async (version) => (await tagOf([UPLOADED_TAG], version)) ?? null,

    async put(tier, tenant, bytes, scheduledTime, mark = 'whole') {
      const key = vaultKey(tier, tenant);
      const params = {
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentType: 'application/x-tar',
        ChecksumAlgorithm: 'SHA256',
        Tagging: new URLSearchParams(tagsOf(scheduledTime, mark)).toString(),
        ...locks(tier),
      } as const;
      const stored = await (bytes.byteLength <= SINGLE_PUT_BYTES
        ? s3.send(new PutObjectCommand({ ...params, ContentLength: bytes.byteLength }))
        : new Upload({ client: s3, params, partSize: SINGLE_PUT_BYTES, queueSize: 4 }).done()
      ).catch(awsError('s3:PutObject', { bucket, key }));
      if (!stored.VersionId) {
        throw new TenantBackupError(
          'INVALID_ENVIRONMENT',
          `vault bucket ${bucket} must be versioned, it is not`,
          { bucket },
        );
      }
      return { versionId: stored.VersionId, etag: stored.ETag ?? '' };
    },

    async get({ tier, tenant, versionId }, { maxBytes }) {
      const key = vaultKey(tier, tenant);
      const checkSize = (sizeBytes: number) => {
        if (sizeBytes <= maxBytes) return;
        throw new TenantBackupError(
          'BACKUP_TOO_LARGE',
          `version ${versionId} of ${key} must have at most ${maxBytes} bytes, got ${sizeBytes}`,
          { key, versionId, maxBytes, sizeBytes },
        );
      };
      const found = await readObject(
        s3,
        { Bucket: bucket, Key: key, VersionId: versionId, ChecksumMode: 'ENABLED' },
        { checkSize },
      );
      if (found !== null) return found.bytes;
      throw new TenantBackupError('VERSION_NOT_FOUND', `no version ${versionId} of ${key}`, {
        key,
        versionId,
      });
    },
  };
}
