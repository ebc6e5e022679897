import type { Tier } from '../../runtime/names.ts';
import { addDays } from './calendar.ts';
import type { ObjectLock } from './retention-policy.ts';

/** The parameters of a put that lock the new version; none for a tier without lock. */
export type VersionLocks = (tier: Tier) => {
  readonly ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  readonly ObjectLockRetainUntilDate?: Date;
};

export const NO_LOCKS: VersionLocks = () => ({});

/** Locks as configured. They are counted from the present and not from a backup's scheduled time, as a request that
 * waited for days would otherwise be locked for less, or be refused by S3 for a date in the past.
 * @param now the present time
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const versionLocks =
  (objectLock: ObjectLock | null, now: () => Date): VersionLocks =>
  (tier) => {
    const days = objectLock?.days[tier] ?? 0;
    if (objectLock === null || days === 0) return {};
    return {
      ObjectLockMode: objectLock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
      ObjectLockRetainUntilDate: addDays(now(), days),
    };
  };
