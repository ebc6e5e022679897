import { isTenantBackupError, type TenantBackupError } from '../../errors.ts';
import type { BackupReference } from '../../state/open-backup.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';

/** The phases of an operation, in this order. The ledger has each before it begins. From `importing` on, the tenant may have
 * changed. Each of several parts has its own `importing` and `verifying`.
 * - `locked`: the operation holds the tenant's lock and exports the tenant
 * - `planned`: it knows what to write
 * - `saving`: it takes the safety backup
 * - `saved`: the vault has the safety backup
 * - `importing`, `pruning`: it writes to the tenant
 * - `verifying`: it exports the tenant again and compares
 * - `rolling-back`: it restores the state before
 * - `verified`, `rolled-back`, `failed`: the end */
export const PHASES = [
  'locked',
  'planned',
  'saving',
  'saved',
  'importing',
  'pruning',
  'verifying',
  'rolling-back',
  'verified',
  'rolled-back',
  'failed',
] as const;
export type Phase = (typeof PHASES)[number];

/** The state in which an operation left the tenant.
 * - `restored`: the target state, verified by export and comparison
 * - `rolledBack`: the state before, verified in the same way
 * - `untouched`: nothing was written
 * - `leftAsIs`: neither of both, because of `onFailure: leave`, or because another operation may write now
 * - `unknown`: the tenant was written to, and the comparison or the rollback failed */
export const OUTCOMES = ['restored', 'rolledBack', 'untouched', 'leftAsIs', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Numbers of objects of an operation. */
export interface OperationCounts {
  readonly created?: number;
  readonly updated?: number;
  readonly deleted?: number;
  readonly compared?: number;
  readonly equal?: number;
}

/** The ledger's record of an operation: ids, counts and times; no content of a tenant. */
export interface OperationRecord {
  readonly operationId: string;
  readonly operation: 'restore' | 'patch';
  /** The tenant that is written to. */
  readonly tenant: string;
  readonly phase: Phase;
  /** The phases so far, each with its begin, and its part of the tenant. */
  readonly phases: readonly {
    readonly phase: Phase;
    readonly at: string;
    readonly part?: TenantPart;
  }[];
  /** The requester, as the request says; not verified. */
  readonly requestedBy: string | null;
  /** Id of the invocation, as the function's log has it. */
  readonly requestId: string | null;
  /** The request without members that may hold secrets. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The parts to write, in this order. @default - hub, in records of earlier releases */
  readonly parts?: readonly TenantPart[];
  readonly backup?: BackupReference;
  /** Version of the safety backup. */
  readonly safetyBackup?: string;
  readonly counts?: OperationCounts;
  /** JSON Pointers of the objects that the operation adds, so that a later one can delete them. */
  readonly creates?: readonly string[];
  /** The same for dumps: see `DumpObject.key`. */
  readonly createsBeside?: Readonly<Record<Exclude<TenantPart, 'hub'>, readonly string[]>>;
  readonly outcome?: Outcome;
  readonly error?: OperationError;
  /** Keys of ledger entries that are not valid locks: they were ignored. */
  readonly passedOver?: readonly string[];
}

export interface OperationError {
  readonly code: string;
  readonly message: string;
  readonly facts: TenantBackupError['facts'];
}

/** The members that an operation knows when it begins. */
export type NewOperation = Pick<
  OperationRecord,
  | 'operationId'
  | 'operation'
  | 'tenant'
  | 'requestedBy'
  | 'requestId'
  | 'request'
  | 'parts'
  | 'backup'
  | 'passedOver'
>;

/** The members that an operation adds later. */
export type OperationProgress = Partial<
  Pick<
    OperationRecord,
    'backup' | 'safetyBackup' | 'counts' | 'creates' | 'createsBeside' | 'outcome' | 'error'
  >
> & {
  /** The phase's part of the tenant. */
  readonly part?: TenantPart;
};

export const beginOperation = (operation: NewOperation, at: Date): OperationRecord => ({
  ...operation,
  phase: 'locked',
  phases: [{ phase: 'locked', at: at.toISOString() }],
});

export const enterPhase = (
  record: OperationRecord,
  phase: Phase,
  at: Date,
  { part, ...progress }: OperationProgress = {},
): OperationRecord => ({
  ...record,
  ...progress,
  phase,
  phases: [...record.phases, { phase, at: at.toISOString(), ...(part && { part }) }],
});

const ENDS: ReadonlySet<Phase> = new Set(['verified', 'rolled-back', 'failed']);
const WRITES: ReadonlySet<Phase> = new Set(['importing', 'pruning', 'rolling-back']);

export const isEnd = (phase: Phase): boolean => ENDS.has(phase);

/** Tells whether the operation may have written to the tenant. */
export const mayHaveWritten = ({ phases }: Pick<OperationRecord, 'phases'>): boolean =>
  phases.some(({ phase }) => WRITES.has(phase));

export const operationError = (error: unknown): OperationError =>
  isTenantBackupError(error)
    ? { code: error.code, message: error.message, facts: error.facts }
    : { code: 'DEFECT', message: 'unexpected error', facts: {} };
