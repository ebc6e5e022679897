import type { Json } from '../../config/json/json-value.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { Operation, PartChanges, PartTarget, Write } from '../source/restore-plan.ts';
import type { Proof } from './proof.ts';
import type { PartReport } from './restore-report.ts';

/** The steps of a part, in their order. States are what the part's API exports: they hold secrets. Each function takes what
 * one of the same module has returned. */
export interface Part {
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
