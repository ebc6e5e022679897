import { TIERS, type Tier } from '../../runtime/names.ts';
import type { RetentionPolicy, TierRetention } from './retention-policy.ts';

/**
 * The lifecycle rule of one tier, in S3's terms. S3 removes a version only if it was noncurrent for the days and is
 * not among the newest. Current versions have no rule, so that they never expire.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export interface TierRule {
  readonly id: Tier;
  readonly prefix: string;
  /** Days since a newer version replaced a version. */
  readonly noncurrentDays: number;
  /** Number of noncurrent versions that stay at any age. */
  readonly newerNoncurrentVersions: number;
  readonly transitions: TierRetention['transitions'];
  /** Removes a delete marker without older versions. */
  readonly expiredObjectDeleteMarker: true;
  /** Removes the pieces of an abandoned upload. */
  readonly abortUploadsAfterDays: number;
}

const ABORT_UPLOADS_AFTER_DAYS = 1;

/** Returns the lifecycle rules of the vault, for its deployment and for comparison with a deployed vault. */
export const tierRules = ({ tiers }: Pick<RetentionPolicy, 'tiers'>): TierRule[] =>
  TIERS.map((tier) => ({
    id: tier,
    prefix: `${tier}/`,
    noncurrentDays: tiers[tier].days,
    newerNoncurrentVersions: tiers[tier].newestVersions - 1,
    transitions: tiers[tier].transitions,
    expiredObjectDeleteMarker: true,
    abortUploadsAfterDays: ABORT_UPLOADS_AFTER_DAYS,
  }));
