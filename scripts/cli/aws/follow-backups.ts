import { type StateTools, stateOfRequest } from '../../../functions/backup/request-state.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import type { Tier } from '../../../functions/runtime/names.ts';

/** The result of one tenant's request. */
export interface RunResult {
  readonly tenant: string;
  /** `waiting`: not stored when the command stopped waiting. */
  readonly outcome: 'stored' | 'failed' | 'waiting';
  readonly tier: Tier;
  readonly scheduledTime: string;
  readonly versionId: string | null;
  readonly sizeBytes: number | null;
  readonly code: string | null;
  readonly message: string | null;
  /** The last try of a waiting tenant, if it failed. */
  readonly failedTry: FailedTry | null;
}

/** A failed try that the queue repeats. */
export interface FailedTry {
  /** Number of this try, and of all tries. */
  readonly deliveries: number;
  readonly maxDeliveries: number;
  /** Time of the next try, RFC 3339 in UTC. */
  readonly retryAt: string;
  readonly code: string;
  readonly message: string;
}

export interface FollowTools extends StateTools {
  /** Receives the tenants that are not done. */
  onPending(tenants: readonly string[]): void;
  /** Receives each failed try once. */
  onFailedTry(waiting: RunResult): void;
  /** Returns true when the time to wait is over. */
  isTimedOut(): boolean;
  pause(): Promise<void>;
}

const CHECKS_AT_A_TIME = 16;

/** Creates the result of a request that has no outcome yet. */
export const waiting = (request: Pick<RunResult, 'tenant' | 'tier' | 'scheduledTime'>): RunResult => ({
  ...request,
  outcome: 'waiting',
  versionId: null,
  sizeBytes: null,
  code: null,
  message: null,
  failedTry: null,
});

/** Polls until each request has its version in the vault or a final failure in the ledger. Replaces a shared enrolment by
 * its tenants as soon as the ledger names them.
 * @returns a result for each tenant */
export async function followBackups(asked: readonly RunResult[], tools: FollowTools): Promise<RunResult[]> {
  let results = asked;
  for (;;) {
    const checked = await mapLimited(results, CHECKS_AT_A_TIME, (result) =>
      result.outcome === 'waiting' ? checkRequest(result, tools) : Promise.resolve([result]),
    );
    results = withoutDuplicates(checked.flat());
    const pending = results.filter(({ outcome }) => outcome === 'waiting').map(({ tenant }) => tenant);
    if (pending.length === 0 || tools.isTimedOut()) return [...results];
    tools.onPending(pending);
    // New tenants of a shared enrolment may be done already: check them without a pause.
    if (results.length === checked.length) await tools.pause();
  }
}

/** Removes duplicates: a tenant may be named by itself and by its shared enrolment. */
const withoutDuplicates = (results: readonly RunResult[]): RunResult[] => [
  ...new Map(results.map((result) => [result.tenant, result])).values(),
];

async function checkRequest(
  asked: RunResult,
  { onFailedTry, ...tools }: FollowTools,
): Promise<readonly RunResult[]> {
  const { tenant, tier, scheduledTime } = asked;
  const fresh = waiting({ tenant, tier, scheduledTime });
  const found = await stateOfRequest(asked, tools);
  switch (found.state) {
    case 'stored': {
      const { versionId, sizeBytes } = found.version;
      return [{ ...fresh, outcome: 'stored', versionId, sizeBytes }];
    }
    case 'unchanged':
      return [{ ...fresh, outcome: 'stored', versionId: found.versionId }];
    case 'failed':
      return [{ ...fresh, outcome: 'failed', code: found.code, message: found.message }];
    case 'retrying': {
      const { state: _, ...failedTry } = found;
      if (failedTry.deliveries !== asked.failedTry?.deliveries) onFailedTry({ ...asked, failedTry });
      return [{ ...asked, failedTry }];
    }
    case 'forwarded':
      return found.tenants.map((member) => waiting({ tenant: member, tier, scheduledTime }));
    default:
      return [asked];
  }
}
