import { parseFailure } from '../../../functions/backup/failure-record.ts';
import { tenantsOfForward } from '../../../functions/backup/forward-record.ts';
import { mapLimited } from '../../../functions/map-limited.ts';
import type { Tier } from '../../../functions/runtime/names.ts';
import type { Ledger } from '../../../functions/vault/storage/ledger.client.ts';
import type { Vault } from '../../../functions/vault/storage/vault.client.ts';

/** What became of one tenant's request. */
export interface RunResult {
  readonly tenant: string;
  /** `waiting`: not there yet when the command stopped waiting. */
  readonly outcome: 'stored' | 'failed' | 'waiting';
  readonly tier: Tier;
  readonly scheduledTime: string;
  readonly versionId: string | null;
  readonly sizeBytes: number | null;
  readonly code: string | null;
  readonly message: string | null;
  /** Of one that is waiting: the last try, if it failed. */
  readonly failedTry: FailedTry | null;
}

/** A try that is followed by another one. */
export interface FailedTry {
  /** The number of the try, and of all that the queue makes. */
  readonly deliveries: number;
  readonly maxDeliveries: number;
  /** When the next one is due, RFC 3339 in UTC. */
  readonly retryAt: string;
  readonly code: string;
  readonly message: string;
}

export interface FollowTools {
  readonly vault: Pick<Vault, 'findScheduled'>;
  readonly ledger: Pick<Ledger, 'read'>;
  /** Told the tenants that are not done. */
  onLeft(tenants: readonly string[]): void;
  /** Told each try that failed and is followed by another one, once. */
  onFailedTry(waiting: RunResult): void;
  /** Whether nobody wants to wait any longer. */
  isOver(): boolean;
  pause(): Promise<void>;
}

const LOOKS_AT_A_TIME = 16;

export const waiting = (request: Pick<RunResult, 'tenant' | 'tier' | 'scheduledTime'>): RunResult => ({
  ...request,
  outcome: 'waiting',
  versionId: null,
  sizeBytes: null,
  code: null,
  message: null,
  failedTry: null,
});

/** Look again and again, until each request has its version, or a record of its failure. An enrolment of many gives way to its
 * tenants as soon as it is known which they are.
 * @returns a result for each tenant */
export async function followBackups(asked: readonly RunResult[], tools: FollowTools): Promise<RunResult[]> {
  let results = asked;
  for (;;) {
    const looked = await mapLimited(results, LOOKS_AT_A_TIME, (result) =>
      result.outcome === 'waiting' ? look(result, tools) : Promise.resolve([result]),
    );
    results = onceEach(looked.flat());
    const left = results.filter(({ outcome }) => outcome === 'waiting').map(({ tenant }) => tenant);
    if (left.length === 0 || tools.isOver()) return [...results];
    tools.onLeft(left);
    // Tenants that were just learned of may be done already.
    if (results.length === looked.length) await tools.pause();
  }
}

/** A tenant may be asked for by itself, and with all of its enrolment. */
const onceEach = (results: readonly RunResult[]): RunResult[] => [
  ...new Map(results.map((result) => [result.tenant, result])).values(),
];

async function look(
  asked: RunResult,
  { vault, ledger, onFailedTry }: FollowTools,
): Promise<readonly RunResult[]> {
  const { tenant, tier, scheduledTime } = asked;
  const stored = await vault.findScheduled(tier, tenant, scheduledTime);
  if (stored) {
    const { versionId, sizeBytes } = stored;
    return [{ ...waiting({ tenant, tier, scheduledTime }), outcome: 'stored', versionId, sizeBytes }];
  }
  const failure = parseFailure((await ledger.read('failures', tenant, scheduledTime))?.document, asked);
  if (failure !== null) {
    const { code, message } = failure;
    if (failure.final) return [{ ...asked, outcome: 'failed', code, message, failedTry: null }];
    const { deliveries, maxDeliveries, retryAt } = failure;
    const failed = { ...asked, failedTry: { deliveries, maxDeliveries, retryAt, code, message } };
    if (deliveries !== asked.failedTry?.deliveries) onFailedTry(failed);
    return [failed];
  }
  const forward = await ledger.read('forwards', tenant, scheduledTime);
  const members = forward && tenantsOfForward(forward.document);
  return members?.map((member) => waiting({ tenant: member, tier, scheduledTime })) ?? [asked];
}
