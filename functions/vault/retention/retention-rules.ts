import { TIERS, type Tier } from '../../runtime/names.ts';
import type { RetentionPolicy, TierRetention } from './retention-policy.ts';

/**
 * The lifecycle rule of one tier, in the words of S3. S3 removes a version only when it has been noncurrent for the
 * days and is not among the newest; nothing is said of current versions, so that they never expire.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export interface TierRule {
  readonly id: Tier;
  readonly prefix: string;
  /** Days since a newer version took a version's place. */
  readonly noncurrentDays: number;
  /** So many noncurrent versions stay however old they are. */
  readonly newerNoncurrentVersions: number;
  readonly transitions: TierRetention['transitions'];
  /** A delete marker with nothing behind it is removed. */
  readonly expiredObjectDeleteMarker: true;
  /** Pieces of an upload that was given up are removed. */
  readonly abortUploadsAfterDays: number;
}

const ABORT_UPLOADS_AFTER_DAYS = 1;

/** The lifecycle rules that the vault is deployed with, and that a deployed vault is compared with. */
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
