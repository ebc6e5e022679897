/** Locks as they are read. */
import * as z from 'zod';
import type { StoredJson } from './json-objects.client.ts';

/** Who writes to a tenant. */
export interface LockHolder {
  readonly tenant: string;
  readonly operationId: string;
}

/** No lock holds for longer than this after it was written, whatever it says. */
export const LONGEST_LEASE_SECONDS = 120;

export interface LockDocument extends LockHolder {
  readonly heldSince: string;
  /** After this time anybody may take the lock. */
  readonly expiresAt: string;
}

/** What lies where a tenant's lock should. */
export interface LockReading {
  /** Who held the lock last, and until when; null if nobody ever did. */
  readonly lock: LockDocument | null;
  /** Key of an object that is no lock of the tenant, or claims to hold for longer than any lock may: it holds nobody up. */
  readonly passedOver: string | null;
}

const lockSchema = z.object({
  tenant: z.string(),
  operationId: z.string().regex(/^[0-9a-z-]{1,64}$/),
  heldSince: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

/** The clock of a holder may be ahead of that of S3. */
const CLOCK_TOLERANCE_MILLISECONDS = 60_000;

/** Validates what lies where a tenant's lock should: whoever may write there has written it. A lock ends one lease after S3 took it,
 * whatever else it says.
 * @param key by which it is named */
export function readLock(
  tenant: string,
  key: string,
  { document, writtenAt }: Pick<StoredJson, 'document' | 'writtenAt'>,
): LockReading {
  const { data: lock } = lockSchema.safeParse(document);
  if (lock === undefined || lock.tenant !== tenant) return { lock: null, passedOver: key };
  // S3 tells whole seconds.
  const longest = writtenAt.getTime() + (LONGEST_LEASE_SECONDS + 1) * 1000;
  const claimed = Date.parse(lock.expiresAt);
  if (claimed <= longest) return { lock, passedOver: null };
  return {
    lock: { ...lock, expiresAt: new Date(longest).toISOString() },
    passedOver: claimed <= longest + CLOCK_TOLERANCE_MILLISECONDS ? null : key,
  };
}
