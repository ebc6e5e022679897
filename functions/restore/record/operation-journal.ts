import { isTenantBackupError } from '../../errors.ts';
import type { Ledger } from '../../vault/storage/ledger.client.ts';
import {
  beginOperation,
  enterPhase,
  type NewOperation,
  type OperationProgress,
  type OperationRecord,
  type Phase,
} from './operation.ts';

/** The record of one operation, written down as it happens. */
export interface Journal {
  readonly record: OperationRecord;
  /** Write down that a phase begins. Only what is written down may begin.
   * @throws ENTRY_CHANGED if somebody else wrote the record; AWS_UNAVAILABLE, AWS_ACCESS_DENIED */
  enter(phase: Phase, progress?: OperationProgress): Promise<void>;
  /** Write down what has happened anyway: it does not become otherwise because it cannot be written down.
   * @returns whether it could be */
  note(phase: Phase, progress?: OperationProgress): Promise<boolean>;
}

/** Begin the record of an operation that has just got its lock.
 * @throws as `Journal.enter` */
export async function openJournal(
  operation: NewOperation,
  ledger: Pick<Ledger, 'replace' | 'read'>,
  now: () => Date,
): Promise<Journal> {
  const { tenant, operationId } = operation;
  const replace = (document: OperationRecord, etag: string | null) =>
    ledger.replace('operations', tenant, operationId, document, etag);

  let record = beginOperation(operation, now());
  let etag = await replace(record, null);
  /** Of a write whose answer was lost it is unknown whether it is there. */
  let unanswered: OperationRecord | undefined;

  const write = async (next: OperationRecord): Promise<void> => {
    try {
      etag = await replace(next, etag);
    } catch (error) {
      if (!isTenantBackupError(error) || error.code !== 'ENTRY_CHANGED' || unanswered === undefined) {
        unanswered = next;
        throw error;
      }
      const present = await ledger.read('operations', tenant, operationId);
      if (present === null || JSON.stringify(present.document) !== JSON.stringify(unanswered)) throw error;
      etag = await replace(next, present.etag);
    }
    unanswered = undefined;
    record = next;
  };

  return {
    get record() {
      return record;
    },
    enter: (phase, progress) => write(enterPhase(record, phase, now(), progress)),
    async note(phase, progress) {
      const next = enterPhase(record, phase, now(), progress);
      try {
        await write(next);
        return true;
      } catch {
        record = next;
        return false;
      }
    },
  };
}
