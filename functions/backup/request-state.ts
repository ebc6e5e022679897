import type { ErrorCode } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import { parseRootTenantName } from '../tenant/enrolment/root-tenant-name.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';
import { parseCheckRecord } from './check-record.ts';
import { parseFailure } from './failure-record.ts';
import { tenantsOfForward } from './forward-record.ts';
import type { BackupRequest } from './request.ts';
import { parseTry } from './request-record.ts';

/** The states of a request for a backup.
 * - `waiting`: in the queue; no try has begun, or the last one ended without a result
 * - `running`: a try has begun
 * - `retrying`: the last try failed, and the queue delivers the request again
 * - `stored`: the vault has its version
 * - `unchanged`: the tenant equals a version that the vault has, and the schedule stores no unchanged backup
 * - `failed`: for good
 * - `forwarded`: its enrolment stands for many tenants, and each has a request of its own */
export const REQUEST_STATES = [
  'waiting',
  'running',
  'retrying',
  'stored',
  'unchanged',
  'failed',
  'forwarded',
] as const;

interface Try {
  readonly deliveries: number;
  readonly maxDeliveries: number;
}

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A state with its facts. Times are RFC 3339 in UTC. */
export type RequestState =
  | { readonly state: 'waiting' }
  | ({ readonly state: 'running'; readonly startedAt: string } & Try)
  | ({ readonly state: 'retrying'; readonly retryAt: string } & Try & Failure)
  | { readonly state: 'stored'; readonly version: VaultVersion }
  | { readonly state: 'unchanged'; readonly versionId: string; readonly checkedAt: string }
  | ({ readonly state: 'failed' } & Failure)
  | { readonly state: 'forwarded'; readonly tenants: readonly string[] };

export interface StateTools {
  readonly vault: Pick<Clients['vault'], 'findScheduled'>;
  readonly ledger: Pick<Clients['ledger'], 'read'>;
  now(): Date;
}

/** No function of AWS Lambda runs longer. */
const LONGEST_RUN_MILLISECONDS = 900_000;

/** Returns the state of a request. The vault tells whether it is stored, and the ledger the rest. */
export async function stateOfRequest(
  {
    tenant,
    tier,
    scheduledTime,
  }: Pick<BackupRequest, 'tenant' | 'scheduledTime'> & Pick<VaultVersion, 'tier'>,
  { vault, ledger, now }: StateTools,
): Promise<RequestState> {
  const version = await vault.findScheduled(tier, tenant, scheduledTime);
  if (version !== null) return { state: 'stored', version };
  const [checked, forwarded, failed, tried] = await Promise.all([
    ledger.read('checks', tenant, tier),
    // A tenant of an enrolment of many stands for itself.
    parseRootTenantName(tenant) === null ? ledger.read('forwards', tenant, scheduledTime) : null,
    ledger.read('failures', tenant, scheduledTime),
    ledger.read('tries', tenant, scheduledTime),
  ]);
  const check = checked && parseCheckRecord(checked.document, { tenant, tier });
  if (check?.scheduledTime === scheduledTime) {
    const { versionId, checkedAt } = check;
    return { state: 'unchanged', versionId, checkedAt };
  }
  // A request is forwarded at its last try, whatever failed before.
  const tenants = forwarded && tenantsOfForward(forwarded.document);
  if (tenants !== null) return { state: 'forwarded', tenants };
  const named = { tenant, scheduledTime };
  const failure = failed && parseFailure(failed.document, named);
  const last = tried && parseTry(tried.document, named);
  if (last !== null && tried !== null && (failed === null || tried.writtenAt > failed.writtenAt)) {
    const { startedAt, deliveries, maxDeliveries } = last;
    const isOver = now().getTime() - Date.parse(startedAt) > LONGEST_RUN_MILLISECONDS;
    return isOver ? { state: 'waiting' } : { state: 'running', startedAt, deliveries, maxDeliveries };
  }
  if (failure === null) return { state: 'waiting' };
  const { code, message } = failure;
  if (failure.final) return { state: 'failed', code, message };
  const { deliveries, maxDeliveries, retryAt } = failure;
  return { state: 'retrying', retryAt, deliveries, maxDeliveries, code, message };
}
