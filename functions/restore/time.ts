import { TenantBackupError } from '../errors.ts';
import type { Operation } from './work.ts';

/** What a write may take at least, with its proof and, if that fails, the way back. */
const LEAST_MILLISECONDS = 45_000;

/** Writing, proving and rolling back take about as many exports and imports as planning and saving did, and twice as many
 * if they go wrong. */
const AS_LONG_AGAIN = 2.5;

/** Make sure, before the first write, that there is time to finish: an operation that is ended from outside leaves the
 * tenant half way.
 * @param startedAt when the first export began
 * @throws OUT_OF_TIME */
export function requireTime({ call, tools }: Operation, startedAt: Date): void {
  const elapsed = tools.now().getTime() - startedAt.getTime();
  const needed = Math.max(LEAST_MILLISECONDS, elapsed * AS_LONG_AGAIN);
  const remaining = call.remainingMilliseconds();
  if (remaining >= needed) return;
  const [needs, has] = [needed, remaining].map((milliseconds) => Math.round(milliseconds / 1000));
  throw new TenantBackupError(
    'OUT_OF_TIME',
    `to write and to prove must have at least ${needs} s, got ${has} s: raise restore.timeoutSeconds, or restore a part at a time`,
    { neededSeconds: needs ?? 0, remainingSeconds: has ?? 0 },
  );
}
