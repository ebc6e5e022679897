import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { isOfAllTenants } from '../tenant/enrolment/root-enrolments.ts';
import { rootTenantName } from '../tenant/enrolment/root-tenant-name.ts';
import { isShared, tenantsOfShared } from '../tenant/enrolment/shared-enrolment.ts';
import { type BackupReport, backup } from './backup.ts';
import { recordForward } from './forward-record.ts';
import type { BackupRequest } from './request.ts';
import type { BackupTools } from './take-backup.ts';

/** What became of a request for all tenants. */
export interface ForwardReport {
  readonly outcome: 'forwarded';
  /** Name of the enrolment. */
  readonly tenant: string;
  readonly tier: string;
  readonly scheduledTime: string;
  /** Requests that were sent, one for each tenant. */
  readonly tenants: number;
  /** Whether the ledger says which. */
  readonly recorded: boolean;
}

export type ForwardTools = Pick<Clients, 'listTenants' | 'randomUuid' | 'ledger'> & {
  /** Puts requests on the queue that this one came from. */
  send(requests: readonly BackupRequest[]): Promise<void>;
};

/** Answer a request: back the tenant up, or, if the enrolment is of many tenants, ask for a backup of each of them.
 * @param isLast see `backup`
 * @throws NOT_ENROLLED, INVALID_ENROLMENT and the errors of `backup` and `forward` */
export async function backupOrForward(
  request: BackupRequest,
  tools: BackupTools & ForwardTools & Pick<Clients, 'enrolments' | 'connect'>,
  isLast = false,
): Promise<BackupReport | ForwardReport> {
  const enrolment = await tools.enrolments.resolve(request.tenant);
  if (isShared(enrolment)) return forwardTo(tenantsOfShared(enrolment), request, tools);
  if (isOfAllTenants(enrolment)) return forward(request, enrolment, tools);
  return backup(request, enrolment, tools, isLast);
}

/** Ask for a backup of each tenant of a deployment: an archive of its own each, and a failure of its own. A request that is
 * delivered again asks again, and the backups of the first time are found.
 * @throws UNEXPECTED_RESPONSE if the deployment lists no tenant: that would pass for a good night without a backup
 * @throws the errors of `Clients.listTenants` and of the queue; some requests may have been sent then */
export async function forward(
  request: BackupRequest,
  enrolment: Enrolment,
  tools: ForwardTools,
): Promise<ForwardReport> {
  const { tenant } = request;
  const ids = await tools.listTenants(enrolment, tools.randomUuid());
  if (ids.length === 0) {
    throw new TenantBackupError(
      'UNEXPECTED_RESPONSE',
      `enrolment "${tenant}" is of all tenants, and ${enrolment.origin} lists none`,
      { tenant },
    );
  }
  return forwardTo(
    ids.map((id) => rootTenantName(tenant, id)),
    request,
    tools,
  );
}

async function forwardTo(
  tenants: readonly string[],
  request: BackupRequest,
  tools: Pick<ForwardTools, 'send' | 'ledger'>,
): Promise<ForwardReport> {
  const { tenant, tier, scheduledTime } = request;
  await tools.send(tenants.map((each) => ({ tenant: each, tier, scheduledTime })));
  const recorded = await recordForward(request, tenants, tools);
  return { outcome: 'forwarded', tenant, tier, scheduledTime, tenants: tenants.length, recorded };
}
