/** A part of a tenant, as operations treat it: one at a time, each through its own API. */
import type { KindCounts } from '../config/change-set.ts';
import type { Json } from '../config/json-value.ts';
import type { TenantBackupError } from '../errors.ts';
import type { TenantPart } from '../tenant/enrolment-schema.ts';
import type { PartReport } from './part-report.ts';
import type { Proof } from './proof.ts';

/** What an operation would do to one part. States are what the part's API exports: they hold secrets. */
export interface PartWork {
  readonly part: TenantPart;
  /** Export the part as it is. */
  look(): Promise<Json>;
  /** Judge the bytes of an export. */
  parse(exported: Buffer): Json;
  /** Whether two states are the same. */
  isSame(one: Json, other: Json): boolean;
  /** Say what it takes, given the part as it is now. Pure: called again if the part changes meanwhile. */
  plan(live: Json): PartPlan;
}

/** What it takes to make a part what was promised. */
export interface PartPlan {
  readonly counts: KindCounts;
  /** Objects that are added, by names that are stable and no secrets. */
  readonly creates: readonly string[];
  /** The part as it is to be. */
  readonly promised: Json;
  /** Refuse a request that does not fit the part as it is: of that, there is nothing to show either.
   * @throws PLAN_STALE, INVALID_REQUEST */
  refuse(): void;
  /** Judge the plan before anything is written; what a dry run shows is refused here.
   * @throws CHANGE_IMPOSSIBLE, PRUNE_UNEXPECTED */
  judge(): void;
  /** Write. A success proves nothing yet, and a failure does not mean that nothing was written.
   * @throws IMPORT_REFUSED, IMPORT_CONFLICT, the errors of the APIs and of `Writing` */
  write(writing: Writing): Promise<void>;
  /** Compare the part with what was promised, after it was written. */
  prove(after: Json): Proof;
  /** Compare the part as it is with what is promised. */
  foresee(): Proof;
  /** Why the part is not proved, whatever it answered. */
  unproved(proof: Proof): TenantBackupError;
  /** Say what it takes to undo what was written, and nothing else.
   * @param now the part as it is
   * @param before the part as it is to be again. @default - as it was when this was planned */
  undo(now: Json, before?: Json): Undo;
  report(proof: Proof): PartReport;
}

/** The way back. */
export interface Undo {
  /** Nothing is left to be undone. */
  readonly isDone: boolean;
  write(writing: Writing): Promise<void>;
  /** Whether what was written is undone. */
  isBack(state: Json): boolean;
  /** How many objects are not yet as they were. */
  differing(state: Json): number;
}

/** What comes before a write. */
export interface Writing {
  readonly idempotencyKey: string;
  /** Called as a phase begins: the write is prevented if this fails. */
  before(phase: 'importing' | 'pruning'): Promise<void>;
  /** Called before every further write of a phase, in the same way. */
  confirm(): Promise<void>;
}
