import * as z from 'zod';
import { TenantBackupError } from '../../errors.ts';
import { parseJsonInput } from '../../parse.ts';
import { TIERS, type Tier } from '../../runtime/names.ts';
import { CALENDAR_TIERS, type CalendarTier } from './calendar.ts';

/**
 * Storage classes for old versions. S3 can move a version only to a later class in this list.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
const STORAGE_CLASSES = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;
export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** S3 keeps at most 100 noncurrent versions by count, in addition to the current one. */
const MAX_NEWEST_VERSIONS = 101;
/** A hundred years, the longest lock of Object Lock. */
const MAX_DAYS = 36_500;
/** S3 moves a version to these only after it was noncurrent this long, and moves it on only after the same time. */
const INFREQUENT_ACCESS = { classes: ['STANDARD_IA', 'ONEZONE_IA'], minimumDays: 30 } as const;

const wholeNumber = (from: number, to: number) => z.int().min(from).max(to);
const isInfrequentAccess = (name: StorageClass): boolean =>
  (INFREQUENT_ACCESS.classes as readonly StorageClass[]).includes(name);

const transition = z.strictObject({
  storageClass: z.enum(STORAGE_CLASSES),
  /** Days since a newer version replaced it. */
  days: wholeNumber(1, MAX_DAYS),
});

const tierRetention = z.strictObject({
  /** Days that a version is kept after a newer one replaced it. */
  days: wholeNumber(1, MAX_DAYS),
  /** Number of versions that are kept at any age, including the current one. */
  newestVersions: wholeNumber(1, MAX_NEWEST_VERSIONS),
  /** Storage classes that old versions move to, in this order. */
  transitions: z.array(transition).max(STORAGE_CLASSES.length).default([]),
});

const tierDefaults: Readonly<Record<Tier, { days: number; newestVersions: number }>> = {
  daily: { days: 35, newestVersions: 14 },
  weekly: { days: 84, newestVersions: 4 },
  monthly: { days: 400, newestVersions: 6 },
  yearly: { days: 2557, newestVersions: 3 },
  manual: { days: 90, newestVersions: 5 },
  safety: { days: 30, newestVersions: 3 },
};

const tierSchema = (tier: Tier) =>
  z
    .strictObject({
      days: tierRetention.shape.days.default(tierDefaults[tier].days),
      newestVersions: tierRetention.shape.newestVersions.default(tierDefaults[tier].newestVersions),
      transitions: tierRetention.shape.transitions,
    })
    .superRefine(({ days, transitions }, context) => {
      const misfit = transitionMisfit(transitions, days);
      if (misfit)
        context.addIssue({
          code: 'custom',
          path: ['transitions', ...misfit.path],
          message: misfit.message,
          input: misfit.input,
        });
    })
    .prefault({});
type TierSchema = ReturnType<typeof tierSchema>;

const lockDays = wholeNumber(0, MAX_DAYS);

/** How long the tiers keep backups, as in `cdk.json`. */
export const retentionSettings = z
  .strictObject(Object.fromEntries(TIERS.map((tier) => [tier, tierSchema(tier)])) as Record<Tier, TierSchema>)
  .prefault({});

/** The tiers that get a copy of the first good backup of each week, month and year. */
export const promoteSettings = z
  .array(z.enum(CALENDAR_TIERS))
  .refine((tiers) => new Set(tiers).size === tiers.length, 'must name each tier once')
  .default([...CALENDAR_TIERS]);

/** Whether backups are locked against deletion, and for how long. */
export const objectLockSettings = z
  .strictObject({
    /** `governance`: users with `s3:BypassGovernanceRetention` may delete earlier. `compliance`: no user may. */
    mode: z.enum(['governance', 'compliance']),
    /** Days from the time when a backup is stored. */
    days: wholeNumber(1, MAX_DAYS),
    /** Other days for some tiers; 0 leaves a tier unlocked. */
    tiers: z.partialRecord(z.enum(TIERS), lockDays).default({}),
  })
  .optional();

export type TierRetention = z.infer<typeof tierRetention>;

/** All settings that decide how long a backup stays. The stack gives them to its functions and as an output. */
export interface RetentionPolicy {
  readonly tiers: Readonly<Record<Tier, TierRetention>>;
  readonly promote: readonly CalendarTier[];
  readonly objectLock: ObjectLock | null;
  /** Whether the bucket refuses all deletions except the lifecycle's; a trial vault does not. */
  readonly onlyLifecycleDeletes: boolean;
}

export interface ObjectLock {
  readonly mode: 'governance' | 'compliance';
  /** Days from the time when a backup is stored; 0 is no lock. */
  readonly days: Readonly<Record<Tier, number>>;
}

const policySchema = z.strictObject({
  tiers: z.strictObject(
    Object.fromEntries(TIERS.map((tier) => [tier, tierRetention])) as Record<Tier, typeof tierRetention>,
  ),
  promote: z.array(z.enum(CALENDAR_TIERS)),
  objectLock: z
    .strictObject({
      mode: z.enum(['governance', 'compliance']),
      days: z.strictObject(
        Object.fromEntries(TIERS.map((tier) => [tier, lockDays])) as Record<Tier, typeof lockDays>,
      ),
    })
    .nullable(),
  onlyLifecycleDeletes: z.boolean(),
});

/** Builds the policy from the settings.
 * @param what names the settings in messages
 * @throws INVALID_CONFIGURATION if a lock lasts longer than the lifecycle: S3 would keep versions that the settings
 * delete */
export function retentionPolicy(
  settings: {
    readonly retention: z.infer<typeof retentionSettings>;
    readonly promote: z.infer<typeof promoteSettings>;
    readonly objectLock?: z.infer<typeof objectLockSettings>;
    readonly onlyLifecycleDeletes: boolean;
  },
  what: string,
): RetentionPolicy {
  const invalid = (message: string) => new TenantBackupError('INVALID_CONFIGURATION', `${what}: ${message}`);
  const { retention, promote, objectLock, onlyLifecycleDeletes } = settings;
  if (objectLock?.mode === 'compliance' && !onlyLifecycleDeletes) {
    throw invalid(
      'objectLock.mode must be governance if removal is destroy, got "compliance": the vault could not be emptied',
    );
  }
  const days = Object.fromEntries(
    TIERS.map((tier) => [tier, objectLock ? (objectLock.tiers[tier] ?? objectLock.days) : 0]),
  ) as Record<Tier, number>;
  for (const tier of TIERS) {
    if (days[tier] <= retention[tier].days) continue;
    const field = objectLock?.tiers[tier] === undefined ? 'objectLock.days' : `objectLock.tiers.${tier}`;
    throw invalid(
      `${field} must be at most retention.${tier}.days (${retention[tier].days}), got ${days[tier]}: the lifecycle cannot delete what is locked`,
    );
  }
  return {
    tiers: retention,
    promote,
    objectLock: objectLock ? { mode: objectLock.mode, days } : null,
    onlyLifecycleDeletes,
  };
}

/** Formats the policy for `parseRetentionPolicy`, without empty lists: Lambda limits the bytes of an environment. */
export const retentionText = (policy: RetentionPolicy): string =>
  JSON.stringify(policy, (name, value) => (name === 'transitions' && value.length === 0 ? undefined : value));

/** Returns the policy for a function that locks and promotes backups: transitions concern the bucket and the audit alone. */
export const withoutTransitions = (policy: RetentionPolicy): RetentionPolicy => ({
  ...policy,
  tiers: Object.fromEntries(
    TIERS.map((tier) => [tier, { ...policy.tiers[tier], transitions: [] }]),
  ) as unknown as RetentionPolicy['tiers'],
});

/** Parses the output of the stack.
 * @param text JSON of a `RetentionPolicy`
 * @param what names it in messages
 * @throws INVALID_ENVIRONMENT if it is not a policy: the function or command and the stack are of different releases */
export const parseRetentionPolicy = (text: string, what: string): RetentionPolicy =>
  parseJsonInput(policySchema, text, what, 'INVALID_ENVIRONMENT');

/** Finds the first transition that S3 would refuse, or that would never happen. */
function transitionMisfit(
  transitions: readonly z.infer<typeof transition>[],
  expiresAfterDays: number,
): { path: (string | number)[]; message: string; input: unknown } | null {
  for (const [index, { storageClass, days }] of transitions.entries()) {
    const before = transitions[index - 1];
    if (isInfrequentAccess(storageClass) && days < INFREQUENT_ACCESS.minimumDays) {
      return {
        path: [index, 'days'],
        message: `must be at least ${INFREQUENT_ACCESS.minimumDays} for ${storageClass}`,
        input: days,
      };
    }
    if (before && !canFollow(before.storageClass, storageClass)) {
      return {
        path: [index, 'storageClass'],
        message: `must be a class that S3 can move to from ${before.storageClass}`,
        input: storageClass,
      };
    }
    const earliest = before
      ? before.days + (isInfrequentAccess(before.storageClass) ? INFREQUENT_ACCESS.minimumDays : 1)
      : 1;
    if (days < earliest) {
      return {
        path: [index, 'days'],
        message: `must be at least ${earliest}, after ${before?.storageClass} from day ${before?.days}`,
        input: days,
      };
    }
    if (days >= expiresAfterDays) {
      return {
        path: [index, 'days'],
        message: `must be less than the ${expiresAfterDays} days after which the version expires`,
        input: days,
      };
    }
  }
  return null;
}

/** Tells whether S3's waterfall permits a move: only downwards, and from One Zone only to the archives. */
const canFollow = (from: StorageClass, to: StorageClass): boolean =>
  STORAGE_CLASSES.indexOf(to) > STORAGE_CLASSES.indexOf(from) &&
  !(from === 'ONEZONE_IA' && to === 'GLACIER_IR');
