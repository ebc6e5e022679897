/** Reads locks. */
import * as z from 'zod';
import type { StoredJson } from './json-objects.client.ts';

/** The operation that writes to a tenant. */
export interface LockHolder {
  readonly tenant: string;
  readonly operationId: string;
}

/** The longest lease: no lock holds longer than this after it was written, whatever it says. */
export const LONGEST_LEASE_SECONDS = 120;

export interface LockDocument extends LockHolder {
  readonly heldSince: string;
  /** After this time any operation may take the lock. */
  readonly expiresAt: string;
}

/** The object in the place of a tenant's lock. */
export interface LockReading {
  /** The last holder, and the end of its lease; null if there was none. */
  readonly lock: LockDocument | null;
  /** Key of an object that is not a lock of the tenant, or claims a lease that is too long: it blocks no operation. */
  readonly passedOver: string | null;
}

const lockSchema = z.object({
  tenant: z.string(),
  operationId: z.string().regex(/^[0-9a-z-]{1,64}$/),
  heldSince: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

/** A holder's clock may be ahead of S3's. */
const CLOCK_TOLERANCE_MILLISECONDS = 60_000;

/** Validates the object in the place of a tenant's lock, which is untrusted. A lock ends one lease after S3 stored
 * it, whatever else it says, or if S3 does not return it.
 * @param key of the object */
export function readLock(
  tenant: string,
  key: string,
  { document, writtenAt, isReadable }: Pick<StoredJson, 'document' | 'writtenAt'> & { isReadable: boolean },
): LockReading {
  if (!isReadable) return { lock: unreadableLock(tenant, writtenAt), passedOver: key };
  const { data: lock } = lockSchema.safeParse(document);
  if (lock === undefined || lock.tenant !== tenant) return { lock: null, passedOver: key };
  // S3 returns whole seconds.
  const longest = writtenAt.getTime() + (LONGEST_LEASE_SECONDS + 1) * 1000;
  const claimed = Date.parse(lock.expiresAt);
  if (claimed <= longest) return { lock, passedOver: null };
  return {
    lock: { ...lock, expiresAt: new Date(longest).toISOString() },
    passedOver: claimed <= longest + CLOCK_TOLERANCE_MILLISECONDS ? null : key,
  };
}

/** A lock whose content is unknown: it may be held, and ends one lease after S3 stored it. */
const unreadableLock = (tenant: string, writtenAt: Date): LockDocument => ({
  tenant,
  operationId: 'unreadable',
  heldSince: writtenAt.toISOString(),
  expiresAt: new Date(writtenAt.getTime() + (LONGEST_LEASE_SECONDS + 1) * 1000).toISOString(),
});
