/** What an operation is to do, and what it runs with. All of it is data but for `Run`, which holds the tools. */
import type { BackupTools } from '../../backup/take-backup.ts';
import type { ChangeSet } from '../../config/change/change-set.ts';
import type { PrunedDumpChangeSet } from '../../config/change/dump-removal.ts';
import type { DumpSelection } from '../../config/change/dump-selection.ts';
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

/** Something to be done to a tenant, known as far as it can be before the tenant's lock is held. */
export interface Operation {
  readonly operationId: string;
  readonly operation: NewOperation['operation'];
  /** The tenant that is written to. */
  readonly tenant: string;
  readonly enrolment: Enrolment;
  readonly mode: ImportMode;
  readonly onFailure: 'rollBack' | 'leave';
  readonly requestedBy: string | null;
  /** See `OperationRecord.request`. */
  readonly request: NewOperation['request'];
  /** Where what is restored comes from. */
  readonly backup: BackupReference | null;
  /** What is written, in this order; at least one part. */
  readonly targets: readonly PartTarget[];
  /** The plan that the operation carries out: it must still say what would be done. */
  readonly plan: {
    readonly document: Plan;
    /** Makes the same plan again. */
    readonly request: PlanRequest;
    /** The tenant's, which the digest of the plan is made with. */
    readonly fingerprintKey: Uint8Array;
  } | null;
}

/** A tree that is to be restored. */
export interface Source {
  /** The tree as it is to be in the tenant that it is restored into. Holds secrets. */
  readonly tree: Json;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
  /** JSON Pointers of what does not belong into another tenant: the client that backs up this one. */
  readonly leaveOut: readonly string[];
  readonly warnings: readonly Warning[];
}

/** A dump that is to be brought back. */
export interface DumpSource {
  /** Holds secrets. */
  readonly dump: JsonObject;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
}

/** The desired state of one part, and how it is written. Holds secrets. */
export type PartTarget = HubTarget | DumpTarget;

interface TargetOptions {
  readonly mode: ImportMode;
  readonly credentials: 'restore' | 'keep';
  /** The client that the operation is made with: it is left as it is. */
  readonly ownClientId: string | undefined;
  /** What an operation has added, if nothing else is to be deleted. */
  readonly added: ReadonlySet<string> | null;
}

/** The configuration as a tree. */
export interface HubTarget extends TargetOptions {
  readonly part: 'hub';
  readonly desired: DesiredTree;
  readonly send: Sending;
  readonly selection?: Selection | undefined;
  /** Whether what only the tenant has is deleted: as a restore is asked for it, or any number of objects. */
  readonly prune: boolean | { readonly expected: number } | { readonly createdBy: string } | 'all';
}

/** What the tree is to be: a backup's, the tenant's own with a patch applied, or without all that can be deleted. */
export type DesiredTree =
  | ({ readonly kind: 'backup' } & Source)
  | { readonly kind: 'patched'; readonly patch: PatchDocument }
  | { readonly kind: 'emptied' };

/** The configuration as a dump, or the people of a tenant. */
export interface DumpTarget extends TargetOptions, DumpSource {
  readonly part: Exclude<TenantPart, 'hub'>;
  readonly selection?: DumpSelection | undefined;
}

/** What it takes to make a part its desired state. Holds secrets. */
export interface PartChanges {
  readonly target: PartTarget;
  /** The part as it was when this was planned. */
  readonly live: Json;
  readonly changes: ChangeSet | PrunedDumpChangeSet;
  /** Objects that are added, by names that are stable and no secrets. */
  readonly creates: readonly string[];
}

/** What an operation does to one part. Holds secrets. */
export interface Step {
  readonly changes: PartChanges;
  /** The part as the safety backup has it. */
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
  /** Time that is left before the process is ended from outside. */
  remainingMilliseconds(): number;
  /** Aborted when it is time to stop: the tenant is not talked to any more. */
  readonly stop?: AbortSignal;
}

/** Outside of a function, time does not run out. */
export const UNBOUNDED: Call = { requestId: null, remainingMilliseconds: () => Number.POSITIVE_INFINITY };

/** An operation that is under way. */
export interface Run {
  readonly operation: Operation;
  readonly apis: Tenant;
  readonly tools: RestoreTools;
  readonly call: Call;
  readonly lock: TenantLock;
  readonly journal: Journal;
}
