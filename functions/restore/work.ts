import type { BackupTools } from '../backup/take-backup.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { ImportMode } from '../tenant/import-mode.ts';
import type { Tenant } from '../tenant/tenant.client.ts';
import type { TenantLock } from '../vault/tenant-lock.client.ts';
import type { BackupReference, NewOperation } from './operation.ts';
import type { Journal } from './operation-journal.ts';
import type { PartWork } from './part.ts';

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

/** Something to be done to a tenant, known as far as it can be before the tenant's lock is held. */
export interface Work {
  readonly operationId: string;
  readonly operation: NewOperation['operation'];
  /** The tenant that is written to. */
  readonly tenant: string;
  readonly enrolment: Enrolment;
  readonly apis: Tenant;
  readonly mode: ImportMode;
  readonly onFailure: 'rollBack' | 'leave';
  readonly requestedBy: string | null;
  /** See `OperationRecord.request`. */
  readonly request: NewOperation['request'];
  /** Where what is restored comes from. */
  readonly backup: BackupReference | null;
  /** What is written, in this order; at least one part. */
  readonly parts: readonly PartWork[];
  /** Refuses the whole, while nothing was written: called with the lock held, and by a dry run. @default - never */
  check?(): Promise<void>;
}

/** Work that is under way. */
export interface Operation {
  readonly work: Work;
  readonly tools: RestoreTools;
  readonly call: Call;
  readonly lock: TenantLock;
  readonly journal: Journal;
}
