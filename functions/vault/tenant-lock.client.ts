import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsError } from '../aws-errors.ts';
import { TenantBackupError } from '../errors.ts';

/** Who writes to a tenant. */
export interface LockHolder {
  readonly tenant: string;
  readonly operationId: string;
}

/** Writes to one tenant happen one at a time: whoever wants to write holds the tenant's lock meanwhile. */
export interface TenantLocks {
  /** Take the lock of a tenant, or that of a holder who did not come back in time.
   * @param now also the time from which the lease runs
   * @param leaseSeconds longer than the holder can possibly live
   * @returns gives the lock back
   * @throws TENANT_LOCKED naming the holder, since when and until when at the most */
  acquire(holder: LockHolder, now: Date, leaseSeconds: number): Promise<() => Promise<void>>;
}

interface LockDocument extends LockHolder {
  readonly heldSince: string;
  /** After this time anybody may take the lock. */
  readonly expiresAt: string;
}

/** Locks as objects in the ledger bucket, made and changed by conditional writes: S3 lets one of two racing writers win.
 * A lock is given back by writing that it has expired, so that nobody needs permission to delete.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function createTenantLocks(s3: S3Client, bucket: string): TenantLocks {
  const keyOf = (tenant: string) => `locks/${tenant}.json`;

  /** @returns the lock's new ETag, or null if another writer was faster */
  const write = async (
    document: LockDocument,
    condition: { IfNoneMatch: '*' } | { IfMatch: string },
  ): Promise<string | null> => {
    const key = keyOf(document.tenant);
    try {
      const { ETag } = await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: `${JSON.stringify(document, null, 2)}\n`,
          ContentType: 'application/json',
          ...condition,
        }),
      );
      return ETag ?? '';
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'PreconditionFailed' || name === 'ConditionalRequestConflict') return null;
      return awsError('s3:PutObject', { bucket, key })(error);
    }
  };

  const read = async (tenant: string): Promise<{ document: LockDocument; etag: string }> => {
    const key = keyOf(tenant);
    const { Body, ETag = '' } = await s3
      .send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      .catch(awsError('s3:GetObject', { bucket, key }));
    return { document: JSON.parse((await Body?.transformToString()) ?? '') as LockDocument, etag: ETag };
  };

  return {
    async acquire(holder, now, leaseSeconds) {
      const mine: LockDocument = {
        ...holder,
        heldSince: now.toISOString(),
        expiresAt: new Date(now.getTime() + leaseSeconds * 1000).toISOString(),
      };
      let etag = await write(mine, { IfNoneMatch: '*' });
      if (etag === null) {
        const { document: other, etag: theirs } = await read(holder.tenant);
        if (new Date(other.expiresAt) <= now) etag = await write(mine, { IfMatch: theirs });
        if (etag === null) throw locked(other);
      }
      const held = etag;
      return async () => {
        // Had the lease run out, and another one taken the lock, theirs is not touched.
        await write({ ...mine, expiresAt: mine.heldSince }, { IfMatch: held });
      };
    },
  };
}

const locked = ({ tenant, operationId, heldSince, expiresAt }: LockDocument): TenantBackupError =>
  new TenantBackupError(
    'TENANT_LOCKED',
    `tenant "${tenant}" is being written to by operation ${operationId} since ${heldSince}, until ${expiresAt} at the latest`,
    { tenant, operationId, heldSince, expiresAt },
  );
