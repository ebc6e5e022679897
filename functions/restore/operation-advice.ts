import type { OperationRecord, Outcome } from './record/operation.ts';
import { isEnd, mayHaveWritten } from './record/operation.ts';
import { parseRestoreRequest } from './source/request.ts';

/** Tells whether an operation runs, has ended, or was interrupted: then its process no longer holds the lock. */
export type Activity = 'running' | 'ended' | 'interrupted';

/** The next step for an operation. */
export interface Advice {
  /** The step as people read it. */
  readonly say: string;
  /** Requests to the restore function that carry out the step. */
  readonly requests: {
    /** Repeats the operation; what is done already stays. */
    readonly again?: Readonly<Record<string, unknown>>;
    /** Restores the state before the operation. */
    readonly back?: Readonly<Record<string, unknown>>;
  };
}

/** @param heldBy operation that holds the tenant's lock now; null if none does */
export const activityOf = (
  { operationId, phase }: Pick<OperationRecord, 'operationId' | 'phase'>,
  heldBy: string | null,
): Activity => (isEnd(phase) ? 'ended' : heldBy === operationId ? 'running' : 'interrupted');

/** Advises on an operation. Following the advice ends in a verified tenant. */
export function adviseOn(record: OperationRecord, activity: Activity): Advice {
  if (activity === 'running') {
    return { say: `the operation is still ${record.phase}: wait, and check again`, requests: {} };
  }
  const outcome = outcomeOf(record);
  const say = activity === 'interrupted' ? SAY_INTERRUPTED[outcome] : SAY_ENDED[outcome];
  const wantsAgain = outcome !== 'restored';
  const wantsBack = outcome !== 'untouched' && outcome !== 'rolledBack' && record.safetyBackup !== undefined;
  return {
    say,
    requests: { ...(wantsAgain ? againOf(record) : {}), ...(wantsBack ? backOf(record) : {}) },
  };
}

/** Returns the outcome of an operation, as far as its record tells. */
export function outcomeOf(record: OperationRecord): Outcome {
  if (record.outcome !== undefined) return record.outcome;
  return mayHaveWritten(record) ? 'unknown' : 'untouched';
}

const SAY_ENDED: Readonly<Record<Outcome, string>> = {
  restored: 'no action needed; to undo it, restore the safety backup',
  rolledBack:
    'the tenant is in the state before, verified: fix the cause of the error, then repeat the operation',
  untouched: 'nothing was written to the tenant: fix the cause of the error, then repeat the operation',
  leftAsIs:
    'the tenant is neither in the state before nor in the target state: restore the safety backup, or repeat the operation',
  unknown: 'the tenant may be partly written: restore the safety backup, or repeat the operation',
};

const SAY_INTERRUPTED: Readonly<Record<Outcome, string>> = {
  ...SAY_ENDED,
  untouched: 'interrupted before anything was written to the tenant: repeat the operation',
  unknown:
    'interrupted while writing, so that the tenant may be partly written: repeat the operation, or restore the safety backup',
};

/** Repeats a restore of the same version, even if the request named the newest. The record does not hold a patch, and a request
 * that does not parse is not repeated: a person may paste the command that shows it. */
function againOf({ operation, request, backup, phases }: OperationRecord): Advice['requests'] {
  if (operation === 'patch') return {};
  const { asOf: _, plan: __, ...rest } = request;
  const again = backup === undefined ? request : { ...rest, versionId: backup.versionId };
  try {
    parseRestoreRequest(again, new Date(phases.at(-1)?.at ?? 0));
    return { again };
  } catch {
    return {};
  }
}

function backOf({
  tenant,
  safetyBackup,
  operationId,
  creates = [],
  createsBeside = { system: [], identity: [] },
  parts = ['hub'],
  request,
}: OperationRecord): Advice['requests'] {
  const added = creates.length + createsBeside.system.length + createsBeside.identity.length;
  return {
    back: {
      tenant,
      versionId: safetyBackup,
      parts,
      ...(added === 0 ? {} : { prune: { createdBy: operationId } }),
      ...(request['includeOwnClient'] === true ? { includeOwnClient: true } : {}),
    },
  };
}
