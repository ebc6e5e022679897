import { isTenantBackupError, type TenantBackupError } from '../../errors.ts';
import type { BackupReference } from '../../state/open-backup.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';

/** What an operation goes through, in this order; each is in the ledger before it begins. After `importing`, the tenant may
 * have been written to. Where it is about several parts, each goes through `importing` and `verifying` by itself.
 * - `locked`: the tenant's lock is held, the tenant is exported
 * - `planned`: what will be written is known
 * - `saving`: the safety backup is being made
 * - `saved`: it is in the vault
 * - `importing`, `pruning`: the tenant is being written to
 * - `verifying`: the tenant is exported again and compared
 * - `rolling-back`: the state before is being put back
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

/** In which state an operation left the tenant.
 * - `restored`: as promised, proved by export and comparison
 * - `rolledBack`: as it was before, proved in the same way
 * - `untouched`: nothing was written to it
 * - `leftAsIs`: neither of both, as was asked for (`onFailure: leave`), or because another operation may write now
 * - `unknown`: it was written to, and could not be compared or put back */
export const OUTCOMES = ['restored', 'rolledBack', 'untouched', 'leftAsIs', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How many objects an operation is about. */
export interface OperationCounts {
  readonly created?: number;
  readonly updated?: number;
  readonly deleted?: number;
  readonly compared?: number;
  readonly equal?: number;
}

/** What the ledger says about an operation: ids, counts and times; no content of a tenant. */
export interface OperationRecord {
  readonly operationId: string;
  readonly operation: 'restore' | 'patch';
  /** The tenant that is written to. */
  readonly tenant: string;
  readonly phase: Phase;
  /** The phases so far, each with the time at which it began, and the part of the tenant that it is about. */
  readonly phases: readonly {
    readonly phase: Phase;
    readonly at: string;
    readonly part?: TenantPart;
  }[];
  /** Whoever the request says is asking; nobody has checked that. */
  readonly requestedBy: string | null;
  /** Id of the invocation, as the function's log has it. */
  readonly requestId: string | null;
  /** The request without what may hold secrets. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What is written, in this order. @default - hub, in records of earlier releases */
  readonly parts?: readonly TenantPart[];
  readonly backup?: BackupReference;
  /** Version of the backup of the state before. */
  readonly safetyBackup?: string;
  readonly counts?: OperationCounts;
  /** JSON Pointers of the objects that the operation adds to the tenant, so that they can be taken out again. */
  readonly creates?: readonly string[];
  /** The same for parts that are no tree: see `DumpObject.key`. */
  readonly createsBeside?: Readonly<Record<Exclude<TenantPart, 'hub'>, readonly string[]>>;
  readonly outcome?: Outcome;
  readonly error?: OperationError;
  /** Keys of the ledger where something else lay than should: it held nobody up. */
  readonly passedOver?: readonly string[];
}

export interface OperationError {
  readonly code: string;
  readonly message: string;
  readonly facts: TenantBackupError['facts'];
}

/** What an operation knows when it begins. */
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

/** What becomes known on the way. */
export type OperationProgress = Partial<
  Pick<
    OperationRecord,
    'backup' | 'safetyBackup' | 'counts' | 'creates' | 'createsBeside' | 'outcome' | 'error'
  >
> & {
  /** The part of the tenant that the phase is about. */
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

/** Whether the tenant may have been written to. */
export const mayHaveWritten = ({ phases }: Pick<OperationRecord, 'phases'>): boolean =>
  phases.some(({ phase }) => WRITES.has(phase));

export const operationError = (error: unknown): OperationError =>
  isTenantBackupError(error)
    ? { code: error.code, message: error.message, facts: error.facts }
    : { code: 'DEFECT', message: 'unexpected error', facts: {} };
