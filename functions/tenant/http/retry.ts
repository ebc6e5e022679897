import { isTenantBackupError, type TenantBackupError } from '../../errors.ts';

/** How patiently one operation waits for a tenant. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly maxAttempts: number;
  /** The most that one operation waits, all pauses together, in milliseconds. */
  readonly budgetMilliseconds: number;
  /** First pause; each further one is twice as long, each jittered between half and whole. */
  readonly baseMilliseconds: number;
}

/** Everything a retry needs from outside, so that tests need not wait. */
export interface RetryTools {
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How long to wait before the next try.
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
  // The tenant says when it has room again; asking earlier only uses up its patience.
  const asked = Number(error.facts['retryAfterSeconds'] ?? 0) * 1000;
  const pause = Math.max(backoff, asked);
  return waitedMilliseconds + pause <= policy.budgetMilliseconds ? pause : null;
}

/** Does an operation, again where its failure may pass.
 * @param mayRepeat which failures leave the operation safe to repeat; for a read, all of them */
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
