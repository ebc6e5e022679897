import { parseExport } from '../backup/export.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import type { Hub } from '../tenant/hub.client.ts';
import type { RetryTools } from '../tenant/retry.ts';

/** A write whose answer was lost may still be going on: the tenant is looked at until two looks show the same. */
const PAUSE_MILLISECONDS = 5_000;
const MOST_LOOKS = 12;

export const exportLive = async (hub: Hub): Promise<Json> =>
  parseExport(await hub.exportTree({ withCredentials: true }));

/** Export a tenant once it has come to rest.
 * @param isEnough a state that need not be looked at again
 * @throws the errors of `Hub.exportTree` */
export async function exportSettled(
  hub: Hub,
  { sleep }: RetryTools,
  isEnough: (tree: Json) => boolean,
): Promise<Json> {
  let last = await exportLive(hub);
  for (let looks = 1; looks < MOST_LOOKS && !isEnough(last); looks++) {
    await sleep(PAUSE_MILLISECONDS);
    const next = await exportLive(hub);
    const isSame = compareTrees(last, next).differences.length === 0;
    last = next;
    if (isSame) break;
  }
  return last;
}
