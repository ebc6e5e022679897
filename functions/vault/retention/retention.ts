import { addDays, midnightFrom } from './calendar.ts';
import type { TierRule } from './retention-rules.ts';

/** A version of one key, as far as S3's lifecycle looks at it. */
export interface HistoryEntry {
  readonly versionId: string;
  readonly storedAt: Date;
  /** A delete marker takes the place of the version before it, as a backup would. */
  readonly deleteMarker?: boolean;
  /** Object Lock: not deleted before this. */
  readonly lockedUntil?: Date | null;
  /** A legal hold: not deleted while it lasts. */
  readonly held?: boolean;
}

/** Why S3 keeps a version. */
export type KeepReason =
  | { readonly kind: 'current' }
  /** `newer` noncurrent versions are newer than it, fewer than the `of` that stay however old. */
  | { readonly kind: 'newest'; readonly newer: number; readonly of: number }
  /** Less than so many days have passed since a newer version took its place. */
  | { readonly kind: 'young'; readonly days: number; readonly until: Date }
  | { readonly kind: 'locked'; readonly until: Date }
  | { readonly kind: 'held' }
  /** Nothing keeps it but that S3 works once a day. */
  | { readonly kind: 'next-run'; readonly until: Date };

/** What becomes of a version. */
export interface Fate<Entry extends HistoryEntry = HistoryEntry> {
  readonly entry: Entry;
  /** All reasons for which it is kept; none if S3 has, or may have, deleted it. */
  readonly reasons: readonly KeepReason[];
  /** From when S3 may delete it, if nothing newer is stored. Null: not before that, or not while it is held. */
  readonly goesAt: Date | null;
}

/** Predicts what S3's lifecycle has left of one key's versions.
 *
 * A version becomes noncurrent when its successor is stored. It goes at the first midnight UTC at which it has been
 * noncurrent for the days, at least so many noncurrent versions are newer, and neither lock nor hold protects it. S3
 * may take longer; it never acts earlier.
 * @param history of one key, in any order
 * @param rule of the tier
 * @param at later versions are ignored, as if it were this time; no further ones are assumed
 * @returns the fate of each version stored until then, newest first; delete markers are left out
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
  /** When each newer version, delete markers aside, became noncurrent: newest first. */
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
  // The version whose becoming noncurrent made this one exceed the count.
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
