/** The types of an operation and its steps: data, except `Run`, which holds the tools. */
import type { BackupTools } from '../../backup/take-backup.ts';
import type { ChangeSet } from '../../config/change/change-set.ts';
import type { PrunedDumpChangeSet } from '../../config/change/dump-removal.ts';
import type { DumpSelection } from '../../config/change/dump-selection.ts';
import type { IdentifierChoice } from '../../config/change/taken-identifiers.ts';
import type { Json, JsonObject } from '../../config/json/json-value.ts';
import type { Warning } from '../../config/model/warning.ts';
import type { Selection } from '../../config/select/selection.ts';
import type { Plan } from '../../plan/plan-document.ts';
import type { PlanRequest } from '../../plan/request.ts';
import type { Clients } from '../../runtime/clients.ts';
import type { BackupReference } from '../../state/open-backup.ts';
import type { Tenant } from '../../tenant/api/tenant.client.ts';
import type { Enrolment } from '../../tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import type { ImportMode } from '../../tenant/http/import-mode.ts';
import type { TenantLock } from '../../vault/storage/tenant-lock.client.ts';
import type { NewOperation } from '../record/operation.ts';
import type { Journal } from '../record/operation-journal.ts';
import type { PatchDocument } from './patch-request.ts';
import type { Sending } from './request.ts';

/** A restore or patch of a tenant, prepared before the tenant's lock is held. */
export interface Operation {
  readonly operationId: string;
  readonly operation: NewOperation['operation'];
  /** The tenant to write to. */
  readonly tenant: string;
  readonly enrolment: Enrolment;
  readonly mode: ImportMode;
  readonly onFailure: 'rollBack' | 'leave';
  readonly requestedBy: string | null;
  /** See `OperationRecord.request`. */
  readonly request: NewOperation['request'];
  /** The backup to restore. */
  readonly backup: BackupReference | null;
  /** The parts to write, in this order; at least one. */
  readonly targets: readonly PartTarget[];
  /** Parts that the backup holds and this operation leaves out. */
  readonly otherParts: readonly TenantPart[];
  /** The plan that the operation executes: it must be up to date. */
  readonly plan: {
    readonly document: Plan;
    /** Makes the same plan again. */
    readonly request: PlanRequest;
    /** The tenant's fingerprint key, for the digest of the plan. */
    readonly fingerprintKey: Uint8Array;
  } | null;
}

/** A tree to restore. */
export interface Source {
  /** The tree, transformed for the target tenant. Holds secrets. */
  readonly tree: Json;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
  /** JSON Pointers of objects that another tenant must not get: the client that backs up this one. */
  readonly leaveOut: readonly string[];
  readonly warnings: readonly Warning[];
}

/** A dump to restore. */
export interface DumpSource {
  /** Holds secrets. */
  readonly dump: JsonObject;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
}

/** The desired state of one part, and the options of the write. Holds secrets. */
export type PartTarget = HubTarget | DumpTarget;

interface TargetOptions {
  readonly mode: ImportMode;
  readonly credentials: 'restore' | 'keep';
  /** The client that the operation authenticates with: it is skipped. */
  readonly ownClientId: string | undefined;
  /** What an earlier operation added, if only that may be deleted. */
  readonly added: ReadonlySet<string> | null;
}

/** The target of the part hub. */
export interface HubTarget extends TargetOptions {
  readonly part: 'hub';
  readonly desired: DesiredTree;
  readonly send: Sending;
  /** Doubts about the way of sending. @default - none */
  readonly warnings?: readonly Warning[];
  readonly selection?: Selection | undefined;
  /** See `Cuts`. */
  readonly covers?: Selection | undefined;
  /** Whether to delete what only the tenant has: see the request, or `all` for any number. */
  readonly prune: boolean | { readonly expected: number } | { readonly createdBy: string } | 'all';
}

/** The desired tree: that of a backup, the live one with a patch, or the live one without all that can be deleted. */
export type DesiredTree =
  | ({ readonly kind: 'backup' } & Source)
  | { readonly kind: 'patched'; readonly patch: PatchDocument }
  | { readonly kind: 'emptied' };

/** The target of the part system or identity. */
export interface DumpTarget extends TargetOptions, DumpSource {
  readonly part: Exclude<TenantPart, 'hub'>;
  /** What an import holds: the elements that must be written, or all. @default 'changes' */
  readonly send?: 'changes' | 'everything';
  /** `all` to delete everything that only the tenant has. */
  readonly prune?: 'all' | undefined;
  readonly selection?: DumpSelection | undefined;
  /** Set if the hub is restored before: the types that it does not hold. @default - all types */
  readonly isOwnType?: ((type: string) => boolean) | undefined;
  /** @default 'fail' */
  readonly identifiers?: IdentifierChoice | undefined;
  /** The client that backs up the source, if that is another tenant. */
  readonly leaveOutClient?: string | undefined;
  readonly warnings?: readonly Warning[] | undefined;
}

/** The changes from the live part to its desired state. Holds secrets. */
export interface PartChanges {
  readonly target: PartTarget;
  /** The live part that the changes were planned on. */
  readonly live: Json;
  readonly changes: ChangeSet | PrunedDumpChangeSet;
  /** Objects to add, by stable names that hold no secrets. */
  readonly creates: readonly string[];
}

/** One part's step of an operation. Holds secrets. */
export interface Step {
  readonly changes: PartChanges;
  /** The part in the safety backup. */
  readonly saved: Json;
}

/** One request that changes the tenant. Holds secrets. */
export interface Write {
  readonly phase: 'importing' | 'pruning';
}

export type RestoreTools = BackupTools &
  Pick<
    Clients,
    | 'keyRegistry'
    | 'keptBackups'
    | 'trustedSigners'
    | 'enrolments'
    | 'connect'
    | 'maxExportBytes'
    | 'ledger'
    | 'tenantLocks'
    | 'randomUuid'
  >;

/** The invocation that an operation runs in. */
export interface Call {
  /** Id of the invocation, as the function's log has it. */
  readonly requestId: string | null;
  /** Remaining time until the process is killed. */
  remainingMilliseconds(): number;
  /** Aborted when it is time to stop all requests to the tenant. */
  readonly stop?: AbortSignal;
}

/** A call without a time limit, outside of a function. */
export const UNBOUNDED: Call = { requestId: null, remainingMilliseconds: () => Number.POSITIVE_INFINITY };

/** An operation that runs. */
export interface Run {
  readonly operation: Operation;
  readonly apis: Tenant;
  readonly tools: RestoreTools;
  readonly call: Call;
  readonly lock: TenantLock;
  readonly journal: Journal;
}
