import type { Tier } from '../../runtime/names.ts';
import { addDays } from './calendar.ts';
import type { ObjectLock } from './retention-policy.ts';

/** The parameters of a put that lock the new version; empty for a tier without lock. */
export type VersionLocks = (tier: Tier) => {
  readonly ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  readonly ObjectLockRetainUntilDate?: Date;
};

export const NO_LOCKS: VersionLocks = () => ({});

/** Returns the configured locks. They count from the present, not from a backup's scheduled time: a request that
 * waited for days would have a shorter lock, or S3 would refuse a date in the past.
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
