import { isTenantBackupError } from '../../errors.ts';
import type { RetryTools } from '../../tenant/http/retry.ts';
import type { Ledger } from '../../vault/storage/ledger.client.ts';
import {
  beginOperation,
  enterPhase,
  type NewOperation,
  type OperationProgress,
  type OperationRecord,
  type Phase,
} from './operation.ts';

/** Writes the record of one operation while it runs. */
export interface Journal {
  readonly record: OperationRecord;
  /** Records that a phase begins. A phase without a record must not begin.
   * @throws ENTRY_CHANGED if another process wrote the record; AWS_UNAVAILABLE, AWS_ACCESS_DENIED */
  enter(phase: Phase, progress?: OperationProgress): Promise<void>;
  /** Records what has already happened, and never fails.
   * @returns whether the ledger has it */
  note(phase: Phase, progress?: OperationProgress): Promise<boolean>;
  /** Records how the operation ended, and never fails. Without this record, `status` takes the operation for interrupted, so it
   * tries for about a minute while the function has time.
   * @returns whether the ledger has it */
  end(phase: Phase, progress: OperationProgress): Promise<boolean>;
}

export interface JournalTools {
  readonly ledger: Pick<Ledger, 'replace' | 'read'>;
  now(): Date;
  readonly retryTools: Pick<RetryTools, 'sleep'>;
}

/** Pauses between the tries to record an end. */
const END_PAUSES_SECONDS = [1, 2, 4, 8, 16, 32];

/** Time that the function needs to answer after the last try. */
const ANSWER_MILLISECONDS = 10_000;

/** Begins the record of an operation that has just got its lock.
 * @throws as `Journal.enter` */
export async function openJournal(
  operation: NewOperation,
  { ledger, now, retryTools }: JournalTools,
  remainingMilliseconds: () => number,
): Promise<Journal> {
  const { tenant, operationId } = operation;
  const replace = (document: OperationRecord, etag: string | null) =>
    ledger.replace('operations', tenant, operationId, document, etag);

  let record = beginOperation(operation, now());
  let etag = await replace(record, null);
  /** Set if the answer of a write was lost, so that the ledger may have it or not. */
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
    async end(phase, progress) {
      const next = enterPhase(record, phase, now(), progress);
      for (const seconds of [...END_PAUSES_SECONDS, null]) {
        try {
          await write(next);
          return true;
        } catch (error) {
          if (isTenantBackupError(error) && error.code === 'ENTRY_CHANGED') break;
          if (seconds === null || remainingMilliseconds() < seconds * 1000 + ANSWER_MILLISECONDS) break;
          await retryTools.sleep(seconds * 1000);
        }
      }
      record = next;
      return false;
    },
  };
}
