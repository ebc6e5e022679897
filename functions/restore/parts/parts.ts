/** The parts of a tenant: each has its own API, and the same steps. */
import type { Json } from '../../config/json/json-value.ts';
import { exportState } from '../../state/export-state.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { RetryTools } from '../../tenant/http/retry.ts';
import type { PartTarget } from '../source/restore-plan.ts';
import { dumpPart } from './dump-part.ts';
import { hubPart } from './hub-part.ts';
import type { Part } from './part.ts';

export const partOf = ({ part }: PartTarget): Part => (part === 'hub' ? hubPart : dumpPart);

/** The tenant may still process a write whose answer was lost: export until two exports are equal. */
const PAUSE_MILLISECONDS = 5_000;
const MOST_EXPORTS = 12;

/** Exports a part until it no longer changes.
 * @param isEnough accepts a state without another export
 * @throws the errors of `exportState` */
export async function exportUntilStable(
  target: PartTarget,
  apis: Tenant,
  { sleep }: RetryTools,
  isEnough: (state: Json) => boolean,
): Promise<Json> {
  const part = partOf(target);
  let last = await exportState(target.part, apis);
  for (let exports = 1; exports < MOST_EXPORTS && !isEnough(last); exports++) {
    await sleep(PAUSE_MILLISECONDS);
    const next = await exportState(target.part, apis);
    const isSame = part.isSame(last, next);
    last = next;
    if (isSame) break;
  }
  return last;
}
