import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { rootTenantName } from '../tenant/enrolment/root-tenant-name.ts';
import { recordForward } from './forward-record.ts';
import type { BackupRequest } from './request.ts';

/** The answer to a request that stands for many tenants. */
export interface ForwardReport {
  readonly outcome: 'forwarded';
  /** Name of the enrolment. */
  readonly tenant: string;
  readonly tier: string;
  readonly scheduledTime: string;
  /** Requests that were sent, one for each tenant. */
  readonly tenants: number;
  /** Whether the ledger lists these tenants. */
  readonly recorded: boolean;
}

export type ForwardTools = Pick<Clients, 'listTenants' | 'randomUuid' | 'ledger'> & {
  /** Puts requests on the queue that this one came from. */
  send(requests: readonly BackupRequest[]): Promise<void>;
};

/** Lists the names of all tenants of a deployment.
 * @throws UNEXPECTED_RESPONSE if it lists none: a night without any backup would pass for a good one
 * @throws the errors of `Clients.listTenants` */
export async function listAllTenants(
  enrolment: Enrolment,
  { listTenants, randomUuid }: Pick<ForwardTools, 'listTenants' | 'randomUuid'>,
): Promise<string[]> {
  const ids = await listTenants(enrolment, randomUuid());
  if (ids.length > 0) return ids.map((id) => rootTenantName(enrolment.name, id));
  throw new TenantBackupError(
    'UNEXPECTED_RESPONSE',
    `enrolment "${enrolment.name}" stands for all tenants, but ${enrolment.origin} lists none`,
    { tenant: enrolment.name },
  );
}

/** Requests a backup of each tenant: each has its own archive, and its own failure. A request that is delivered again asks
 * again, and finds the backups of the first time.
 * @throws the errors of the queue; some requests may be sent then */
export async function forward(
  request: BackupRequest,
  tenants: readonly string[],
  tools: Pick<ForwardTools, 'send' | 'ledger'>,
): Promise<ForwardReport> {
  const { tenant, tier, scheduledTime } = request;
  await tools.send(tenants.map((each) => ({ ...request, tenant: each })));
  const recorded = await recordForward(request, tenants, tools);
  return { outcome: 'forwarded', tenant, tier, scheduledTime, tenants: tenants.length, recorded };
}
