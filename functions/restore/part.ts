/** The parts of a tenant: each goes through its own API, and through the same steps. */
import type { Json } from '../config/json-value.ts';
import type { RetryTools } from '../tenant/retry.ts';
import type { Tenant } from '../tenant/tenant.client.ts';
import { dumpPart } from './dump-part.ts';
import { hubPart } from './hub-part.ts';
import type { Proof } from './proof.ts';
import type { Operation, PartChanges, PartTarget, Write } from './restore-plan.ts';
import type { PartReport } from './restore-report.ts';

/** The steps of a part, in their order. States are what the part's API exports: they hold secrets. Each function takes what
 * one of the same module has returned. */
export interface Part {
  /** Export the part as it is. */
  exportState(target: PartTarget, apis: Tenant): Promise<Json>;
  /** Judge the bytes of an export. */
  parseState(target: PartTarget, exported: Buffer): Json;
  isSame(one: Json, other: Json): boolean;
  /** Say what it takes, given the part as it is now. Pure: called again if the part changes meanwhile. */
  planChanges(target: PartTarget, live: Json): PartChanges;
  /** Refuse a request that does not fit the part as it is: of that, there is nothing to show either.
   * @throws PLAN_STALE, INVALID_REQUEST */
  requireAllowed(planned: PartChanges, operation: Pick<Operation, 'enrolment' | 'plan'>): void;
  /** Refuse what must not be written, while nothing is; a dry run shows it.
   * @throws CHANGE_IMPOSSIBLE, PRUNE_UNEXPECTED */
  requireWritable(planned: PartChanges): void;
  /** What is sent, in this order.
   * @param workspaces that the enrolment lists. @default - the tenant is known as a whole */
  writesOf(planned: PartChanges, workspaces: readonly string[] | undefined): Write[];
  /** A success proves nothing yet, and a failure does not mean that nothing was written.
   * @throws IMPORT_REFUSED, IMPORT_CONFLICT, the errors of the APIs */
  write(target: PartTarget, write: Write, apis: Tenant, idempotencyKey: string): Promise<void>;
  /** Compare the part with what the changes should make of it. */
  prove(planned: PartChanges, after: Json): Proof;
  /** Say what it takes to undo what was written, and nothing else.
   * @param now the part as it is
   * @param before the part as it is to be again */
  planUndo(planned: PartChanges, now: Json, before: Json): PartChanges;
  report(planned: PartChanges, proof: Proof): PartReport;
}

export const partOf = ({ part }: PartTarget): Part => (part === 'hub' ? hubPart : dumpPart);

/** A write whose answer was lost may still be going on: the tenant is exported until two exports show the same. */
const PAUSE_MILLISECONDS = 5_000;
const MOST_EXPORTS = 12;

/** Export a part of a tenant once it has come to rest.
 * @param isEnough a state that need not be exported again
 * @throws the errors of `Part.exportState` */
export async function exportUntilStable(
  target: PartTarget,
  apis: Tenant,
  { sleep }: RetryTools,
  isEnough: (state: Json) => boolean,
): Promise<Json> {
  const part = partOf(target);
  let last = await part.exportState(target, apis);
  for (let exports = 1; exports < MOST_EXPORTS && !isEnough(last); exports++) {
    await sleep(PAUSE_MILLISECONDS);
    const next = await part.exportState(target, apis);
    const isSame = part.isSame(last, next);
    last = next;
    if (isSame) break;
  }
  return last;
}
