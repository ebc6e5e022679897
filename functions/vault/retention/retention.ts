import { addDays, midnightFrom } from './calendar.ts';
import type { TierRule } from './retention-rules.ts';

/** A version of one key, as S3's lifecycle treats it. */
export interface HistoryEntry {
  readonly versionId: string;
  readonly storedAt: Date;
  /** A delete marker replaces the version before it, as a backup does. */
  readonly deleteMarker?: boolean;
  /** Object Lock: S3 does not delete it before this time. */
  readonly lockedUntil?: Date | null;
  /** A legal hold: S3 does not delete it until the hold is released. */
  readonly held?: boolean;
}

/** Why S3 keeps a version. */
export type KeepReason =
  | { readonly kind: 'current' }
  /** `newer` noncurrent versions are newer, fewer than the `of` that stay at any age. */
  | { readonly kind: 'newest'; readonly newer: number; readonly of: number }
  /** Fewer than so many days have passed since a newer version replaced it. */
  | { readonly kind: 'young'; readonly days: number; readonly until: Date }
  | { readonly kind: 'locked'; readonly until: Date }
  | { readonly kind: 'held' }
  /** It may be deleted: S3 runs once a day. */
  | { readonly kind: 'next-run'; readonly until: Date };

/** The fate of a version. */
export interface Fate<Entry extends HistoryEntry = HistoryEntry> {
  readonly entry: Entry;
  /** All reasons to keep it; empty if S3 has deleted it, or may have. */
  readonly reasons: readonly KeepReason[];
  /** The time from which S3 may delete it, if nothing newer is stored. Null if only a newer version or the release of
   * a hold lets S3 delete it. */
  readonly goesAt: Date | null;
}

/** A version becomes noncurrent when its successor is stored. S3 deletes it at a midnight UTC, once three conditions
 * hold: it was noncurrent for the days, at least so many noncurrent versions are newer, and neither lock nor hold
 * protects it. S3 may act later, but never earlier.
 * @param history of one key, in any order
 * @param rule of the tier
 * @param at the time of the prediction: later versions are ignored, and no further ones are assumed
 * @returns the fate of each version stored until then, newest first, without delete markers
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#non-current-days-calculations
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-lifecycle
 */
export function predictRetention<Entry extends HistoryEntry>(
  history: readonly Entry[],
  rule: Pick<TierRule, 'noncurrentDays' | 'newerNoncurrentVersions'>,
  at: Date,
): Fate<Entry>[] {
  const newestFirst = history
    .filter(({ storedAt }) => storedAt <= at)
    .toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
  const fates: Fate<Entry>[] = [];
  /** The times when the newer versions became noncurrent, without delete markers, newest first. */
  const newerNoncurrentSince: Date[] = [];
  for (const [index, entry] of newestFirst.entries()) {
    const successor = newestFirst[index - 1];
    if (entry.deleteMarker) continue;
    fates.push(fateOf(entry, successor?.storedAt ?? null, newerNoncurrentSince, rule, at));
    if (successor) newerNoncurrentSince.push(successor.storedAt);
  }
  return fates;
}

function fateOf<Entry extends HistoryEntry>(
  entry: Entry,
  noncurrentSince: Date | null,
  newerNoncurrentSince: readonly Date[],
  rule: Pick<TierRule, 'noncurrentDays' | 'newerNoncurrentVersions'>,
  at: Date,
): Fate<Entry> {
  const { noncurrentDays, newerNoncurrentVersions: stay } = rule;
  const protectedUntil = entry.lockedUntil ?? null;
  const protection: KeepReason[] = [
    ...(protectedUntil && protectedUntil > at ? [{ kind: 'locked', until: protectedUntil } as const] : []),
    ...(entry.held ? [{ kind: 'held' } as const] : []),
  ];
  if (noncurrentSince === null) return { entry, reasons: [{ kind: 'current' }, ...protection], goesAt: null };

  const newer = newerNoncurrentSince.length;
  // The version that, by becoming noncurrent, made this one exceed the number.
  const exceededAt = stay === 0 ? noncurrentSince : (newerNoncurrentSince[newer - stay] ?? null);
  const oldAt = midnightFrom(addDays(noncurrentSince, noncurrentDays));
  const reasons: KeepReason[] = [
    ...(exceededAt === null ? [{ kind: 'newest', newer, of: stay } as const] : []),
    ...(oldAt > at ? [{ kind: 'young', days: noncurrentDays, until: oldAt } as const] : []),
    ...protection,
  ];
  if (exceededAt === null || entry.held) return { entry, reasons, goesAt: null };
  const goesAt = midnightFrom(latest([oldAt, exceededAt, ...(protectedUntil ? [protectedUntil] : [])]));
  if (reasons.length === 0 && goesAt > at) reasons.push({ kind: 'next-run', until: goesAt });
  return { entry, reasons, goesAt };
}

const latest = (times: readonly Date[]): Date => new Date(Math.max(...times.map((time) => time.getTime())));
