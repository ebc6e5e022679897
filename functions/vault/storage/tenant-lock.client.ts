import type { S3Client } from '@aws-sdk/client-s3';
import { isTenantBackupError, TenantBackupError } from '../../errors.ts';
import { createJsonObjects, type WriteCondition } from './json-objects.client.ts';
import {
  LONGEST_LEASE_SECONDS,
  type LockDocument,
  type LockHolder,
  type LockReading,
  readLock,
} from './lock-reading.ts';

/** How long a lock holds without a renewal, and how often its holder renews it. */
export interface Lease {
  /** At most `LONGEST_LEASE_SECONDS`. */
  readonly seconds: number;
  /** At most half of `seconds`, so that one renewal may fail. @default - no automatic renewal */
  readonly renewEverySeconds?: number;
  /** The holder's clock. */
  now(): Date;
}

/** A held lock, renewed automatically as long as the process lives. */
export interface TenantLock {
  /** As `LockReading.passedOver`, when the lock was taken. */
  readonly passedOver: string | null;
  /** Renews the lock before a write to the tenant, and so ensures that it is still held.
   * @throws LOCK_LOST if the lease ended and another operation took the lock, or if it cannot be renewed in time */
  confirm(): Promise<void>;
  /** Releases the lock, unless another operation holds it now. It is never renewed afterwards. */
  giveBack(): Promise<void>;
  /** Stops renewing the lock, so that its lease ends. */
  leave(): void;
}

/** The locks that serialise writes to a tenant: an operation holds the tenant's lock while it writes. */
export interface TenantLocks {
  /** Takes the lock of a tenant, if it is free or its lease has ended.
   * @throws TENANT_LOCKED naming the holder, the start and the latest end of its lease */
  acquire(holder: LockHolder, lease: Lease): Promise<TenantLock>;
  /** Reads the lock. Needs `s3:GetObject` and `s3:ListBucket` */
  read(tenant: string): Promise<LockReading>;
}

/** Keeps locks as objects in the ledger bucket. Conditional writes change them: of two racing writers, S3 lets one
 * win. An expired lease releases a lock, so that no role needs permission to delete. */
export function createTenantLocks(s3: S3Client, bucket: string): TenantLocks {
  const objects = createJsonObjects(s3, bucket);
  const keyOf = (tenant: string) => `locks/${tenant}.json`;
  const write = (document: LockDocument, condition: WriteCondition) =>
    objects.putIf(keyOf(document.tenant), document, condition);

  const read = async (tenant: string): Promise<StoredLock | null> => {
    const found = await objects.inspect(keyOf(tenant));
    return found && { ...readLock(tenant, keyOf(tenant), found), etag: found.etag };
  };

  return {
    async acquire(holder, lease) {
      const now = lease.now();
      const mine: LockDocument = { ...holder, heldSince: now.toISOString(), expiresAt: endOf(lease, now) };
      let etag = await write(mine, { IfNoneMatch: '*' });
      let passedOver: string | null = null;
      if (etag === null) {
        const other = await read(holder.tenant);
        passedOver = other?.passedOver ?? null;
        if (other?.lock == null || new Date(other.lock.expiresAt) <= now) {
          etag = await write(mine, other === null ? { IfNoneMatch: '*' } : { IfMatch: other.etag });
        }
        if (etag === null) throw locked((await read(holder.tenant))?.lock ?? mine);
      }
      return hold(mine, etag, passedOver, lease, { read, write });
    },

    async read(tenant) {
      const { lock, passedOver } = (await read(tenant)) ?? { lock: null, passedOver: null };
      return { lock, passedOver };
    },
  };
}

type StoredLock = LockReading & { readonly etag: string };

const endOf = ({ seconds }: Lease, now: Date): string =>
  new Date(now.getTime() + Math.min(seconds, LONGEST_LEASE_SECONDS) * 1000).toISOString();

/** The object that is the lock. */
interface LockObject {
  read(tenant: string): Promise<StoredLock | null>;
  write(document: LockDocument, condition: WriteCondition): Promise<string | null>;
}

function hold(
  first: LockDocument,
  firstEtag: string,
  passedOver: string | null,
  lease: Lease,
  { read, write }: LockObject,
): TenantLock {
  let document = first;
  let etag: string | null = firstEtag;
  let last: Promise<unknown> = Promise.resolve();

  /** Writes wait for each other, because each needs the ETag of the one before. */
  const change = (makeDocument: () => LockDocument): Promise<void> => {
    const turn = last.then(async () => {
      if (etag === null) throw lost(document);
      const next = makeDocument();
      let written = await write(next, { IfMatch: etag });
      if (written === null) {
        // An earlier renewal may have succeeded although its answer was lost.
        const present = await read(first.tenant);
        const mine = present?.lock?.operationId === first.operationId;
        if (present && mine) written = await write(next, { IfMatch: present.etag });
      }
      etag = written;
      if (etag === null) throw lost(document);
      document = next;
    });
    last = turn.catch(() => {});
    return turn;
  };
  const renew = () => change(() => ({ ...document, expiresAt: endOf(lease, lease.now()) }));

  const { renewEverySeconds } = lease;
  const timer =
    renewEverySeconds === undefined
      ? undefined
      : // A failed renewal matters only before the next write, which checks it.
        setInterval(() => void renew().catch(() => {}), renewEverySeconds * 1000).unref();

  return {
    passedOver,
    async confirm() {
      try {
        await renew();
      } catch (error) {
        const held = lease.now().getTime() + SAFE_REST_MILLISECONDS < Date.parse(document.expiresAt);
        // S3 does not answer: no other operation can have taken a lock whose lease still runs.
        if (held && isTenantBackupError(error) && error.code !== 'LOCK_LOST') return;
        throw isTenantBackupError(error) && error.code === 'LOCK_LOST' ? error : lost(document);
      }
    },
    leave: () => clearInterval(timer),
    async giveBack() {
      clearInterval(timer);
      await change(() => ({ ...document, expiresAt: document.heldSince })).catch((error: unknown) => {
        if (!(isTenantBackupError(error) && error.code === 'LOCK_LOST')) throw error;
      });
    },
  };
}

/** The rest of a lease that a write needs, if a renewal failed. */
const SAFE_REST_MILLISECONDS = 30_000;

const locked = ({ tenant, operationId, heldSince, expiresAt }: LockDocument): TenantBackupError =>
  new TenantBackupError(
    'TENANT_LOCKED',
    `tenant "${tenant}" is locked by operation ${operationId} since ${heldSince}; the lock expires at ${expiresAt} unless it is renewed`,
    { tenant, operationId, heldSince, expiresAt },
  );

const lost = ({ tenant, operationId, expiresAt }: LockDocument): TenantBackupError =>
  new TenantBackupError(
    'LOCK_LOST',
    `operation ${operationId} lost the lock of tenant "${tenant}", whose lease ended at ${expiresAt}`,
    { tenant, operationId, expiresAt },
  );
