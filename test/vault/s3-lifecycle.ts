import type { HistoryEntry } from '../../functions/vault/retention/retention.ts';

/**
 * A bucket that lives through its days: versions arrive one by one, and at each midnight UTC the lifecycle works on what
 * is there. Written from the documentation of S3 alone, so that the prediction is compared with something else than itself.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 * @returns ids of the versions that are left at `until`, newest first
 */
export function liveThrough(
  history: readonly HistoryEntry[],
  rule: { readonly noncurrentDays: number; readonly newerNoncurrentVersions: number },
  until: Date,
): string[] {
  const day = 86_400_000;
  const arrivals = [...history].sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
  let stack: { entry: HistoryEntry; successorStoredAt: number | null }[] = [];
  const first = arrivals[0];
  if (!first) return [];

  const arriveUntil = (time: number) => {
    for (;;) {
      const next = arrivals[0];
      if (!next || next.storedAt.getTime() > time) return;
      arrivals.shift();
      if (stack[0]) stack[0].successorStoredAt = next.storedAt.getTime();
      stack.unshift({ entry: next, successorStoredAt: null });
    }
  };
  const runLifecycle = (midnight: number) => {
    let newerNoncurrent = 0;
    stack = stack.filter(({ entry, successorStoredAt }) => {
      if (successorStoredAt === null || entry.deleteMarker) return true;
      const isSpared = newerNoncurrent < rule.newerNoncurrentVersions;
      newerNoncurrent++;
      const isYoung = midnight - successorStoredAt < rule.noncurrentDays * day;
      const isLocked = entry.lockedUntil != null && entry.lockedUntil.getTime() > midnight;
      return isSpared || isYoung || isLocked || entry.held === true;
    });
  };

  for (
    let midnight = Math.floor(first.storedAt.getTime() / day) * day;
    midnight <= until.getTime();
    midnight += day
  ) {
    // What arrives at midnight sharp is there when the lifecycle looks.
    arriveUntil(midnight);
    runLifecycle(midnight);
  }
  arriveUntil(until.getTime());
  return stack.filter(({ entry }) => !entry.deleteMarker).map(({ entry }) => entry.versionId);
}
