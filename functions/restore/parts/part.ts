import type { Json } from '../../config/json/json-value.ts';
import type { PlannedChange } from '../../plan/plan-document.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { Operation, PartChanges, PartTarget, Write } from '../source/restore-plan.ts';
import type { PartReport } from './restore-report.ts';
import type { Verification } from './verification.ts';

/** The steps of a part, in their order. States are exports of the part, and hold secrets. Each function takes what another of the
 * same module has returned. */
export interface Part {
  isSame(one: Json, other: Json): boolean;
  /** Plans the changes to the live part. Pure: called again if the part changes meanwhile. */
  planChanges(target: PartTarget, live: Json): PartChanges;
  /** Refuses a request that does not fit the live part, also in a dry run.
   * @throws PLAN_STALE, INVALID_REQUEST */
  requireAllowed(planned: PartChanges, operation: Pick<Operation, 'enrolment' | 'plan'>): void;
  /** Refuses changes that must not be written, before any write. A dry run shows them instead.
   * @throws CHANGE_IMPOSSIBLE, PRUNE_UNEXPECTED */
  requireWritable(planned: PartChanges): void;
  /** Returns the requests to send, in this order.
   * @param workspaces that the enrolment lists. @default - the whole tenant */
  writesOf(planned: PartChanges, workspaces: readonly string[] | undefined): Write[];
  /** Sends one request. Neither success nor failure proves what the tenant is now.
   * @throws IMPORT_REFUSED, IMPORT_CONFLICT, the errors of the APIs */
  write(target: PartTarget, write: Write, apis: Tenant, idempotencyKey: string): Promise<void>;
  /** Compares the part with its target state. */
  verify(planned: PartChanges, after: Json): Verification;
  /** Plans the undoing of what was written, and nothing else.
   * @param now the live part
   * @param before the state to return to */
  planUndo(planned: PartChanges, now: Json, before: Json): PartChanges;
  /** Shows the changes: values of configuration, and of credentials only that they differ. */
  shownChanges(planned: PartChanges): PlannedChange[];
  report(planned: PartChanges, verification: Verification): PartReport;
}
