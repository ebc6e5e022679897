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

/** How long a lock is held without a sign of life, and how often its holder gives one. */
export interface Lease {
  /** At most `LONGEST_LEASE_SECONDS`. */
  readonly seconds: number;
  /** At most half of `seconds`, so that one renewal may fail. @default - not renewed by itself */
  readonly renewEverySeconds?: number;
  /** The holder's clock. */
  now(): Date;
}

/** A lock that is held, renewed by itself for as long as the process lives. */
export interface TenantLock {
  /** As `LockReading.passedOver`, when the lock was taken. */
  readonly passedOver: string | null;
  /** Makes sure, before a write to the tenant, that the lock is still held, and renew it.
   * @throws LOCK_LOST if the lease ran out and another operation took the lock, or cannot be renewed before it ends */
  confirm(): Promise<void>;
  /** Gives the lock back, unless it is another's by now. It is not renewed any more, whatever happens. */
  giveBack(): Promise<void>;
  /** Renews the lock no more, and let its lease run out. */
  leave(): void;
}

/** Writes to one tenant happen one at a time: whoever wants to write holds the tenant's lock meanwhile. */
export interface TenantLocks {
  /** Takes the lock of a tenant, or that of a holder whose lease has run out.
   * @throws TENANT_LOCKED naming the holder, since when and until when at the most */
  acquire(holder: LockHolder, lease: Lease): Promise<TenantLock>;
  /** Needs `s3:GetObject` and `s3:ListBucket` */
  read(tenant: string): Promise<LockReading>;
}

/** Locks as objects in the ledger bucket, made and changed by conditional writes: S3 lets one of two racing writers win.
 * A lock is given back by writing that it has expired, so that nobody needs permission to delete. */
export function createTenantLocks(s3: S3Client, bucket: string): TenantLocks {
  const objects = createJsonObjects(s3, bucket);
  const keyOf = (tenant: string) => `locks/${tenant}.json`;
  const write = (document: LockDocument, condition: WriteCondition) =>
    objects.putIf(keyOf(document.tenant), document, condition);

  const read = async (tenant: string): Promise<StoredLock | null> => {
    const found = await objects.get(keyOf(tenant));
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

  /** One write after the other: each needs the ETag of the one before. */
  const change = (makeDocument: () => LockDocument): Promise<void> => {
    const turn = last.then(async () => {
      if (etag === null) throw lost(document);
      const next = makeDocument();
      let written = await write(next, { IfMatch: etag });
      if (written === null) {
        // An earlier renewal may have been written although its answer was lost.
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
      : // A renewal that fails is judged where it matters: before the next write.
        setInterval(() => void renew().catch(() => {}), renewEverySeconds * 1000).unref();

  return {
    passedOver,
    async confirm() {
      try {
        await renew();
      } catch (error) {
        const held = lease.now().getTime() + SAFE_REST_MILLISECONDS < Date.parse(document.expiresAt);
        // S3 does not answer: nobody else can have taken a lock whose lease still runs.
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

/** What has to be left of a lease that could not be renewed, for a write to begin. */
const SAFE_REST_MILLISECONDS = 30_000;

const locked = ({ tenant, operationId, heldSince, expiresAt }: LockDocument): TenantBackupError =>
  new TenantBackupError(
    'TENANT_LOCKED',
    `tenant "${tenant}" is being written to by operation ${operationId} since ${heldSince}, until ${expiresAt} at the latest unless it goes on`,
    { tenant, operationId, heldSince, expiresAt },
  );

const lost = ({ tenant, operationId, expiresAt }: LockDocument): TenantBackupError =>
  new TenantBackupError(
    'LOCK_LOST',
    `operation ${operationId} lost the lock of tenant "${tenant}", whose lease ran until ${expiresAt}`,
    { tenant, operationId, expiresAt },
  );
