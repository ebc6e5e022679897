import type { Json } from '../config/json-value.ts';
import type { RetryTools } from '../tenant/retry.ts';
import type { PartWork } from './part.ts';

/** A write whose answer was lost may still be going on: the tenant is looked at until two looks show the same. */
const PAUSE_MILLISECONDS = 5_000;
const MOST_LOOKS = 12;

/** Export a part of a tenant once it has come to rest.
 * @param isEnough a state that need not be looked at again
 * @throws the errors of `PartWork.look` */
export async function lookSettled(
  part: PartWork,
  { sleep }: RetryTools,
  isEnough: (state: Json) => boolean,
): Promise<Json> {
  let last = await part.look();
  for (let looks = 1; looks < MOST_LOOKS && !isEnough(last); looks++) {
    await sleep(PAUSE_MILLISECONDS);
    const next = await part.look();
    const isSame = part.isSame(last, next);
    last = next;
    if (isSame) break;
  }
  return last;
}
