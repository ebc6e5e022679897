import { isTenantBackupError, type TenantBackupError } from '../../errors.ts';

/** How long one operation keeps trying. */
export interface RetryPolicy {
  /** Number of tries, including the first. */
  readonly maxAttempts: number;
  /** Longest total pause of one operation, in milliseconds. */
  readonly budgetMilliseconds: number;
  /** First pause in milliseconds. Each further one is twice as long, and each is jittered between half and whole. */
  readonly baseMilliseconds: number;
}

/** Outside functions that retries need; tests replace them. */
export interface RetryTools {
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Computes the pause before the next try.
 * @param attempt number of the try that failed, from 1
 * @param waitedMilliseconds pauses so far
 * @returns milliseconds, or null if the failure is final */
export function pauseBeforeRetry(
  error: TenantBackupError,
  attempt: number,
  waitedMilliseconds: number,
  policy: RetryPolicy,
  random: () => number,
): number | null {
  if (error.disposition !== 'retry' || attempt >= policy.maxAttempts) return null;
  const backoff = policy.baseMilliseconds * 2 ** (attempt - 1) * (0.5 + random() / 2);
  // The tenant says when it accepts requests again; an earlier request only counts against its limit.
  const asked = Number(error.facts['retryAfterSeconds'] ?? 0) * 1000;
  const pause = Math.max(backoff, asked);
  return waitedMilliseconds + pause <= policy.budgetMilliseconds ? pause : null;
}

/** Runs an operation, and repeats it after a failure that may pass.
 * @param mayRepeat which failures make a repetition safe; for a read, all of them */
export async function withRetry<T>(
  operation: () => Promise<T>,
  policy: RetryPolicy,
  tools: RetryTools,
  mayRepeat: (error: TenantBackupError) => boolean = () => true,
): Promise<T> {
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!isTenantBackupError(error) || !mayRepeat(error)) throw error;
      const pause = pauseBeforeRetry(error, attempt, waited, policy, tools.random);
      if (pause === null) throw error;
      await tools.sleep(pause);
      waited += pause;
    }
  }
}
