import type { BackupRequest } from '../backup/request.ts';
import { TenantBackupError } from '../errors.ts';
import type { Enrolments } from '../tenant/enrolment.client.ts';
import type { BackupQueue } from './queue.client.ts';
import type { DispatchRequest } from './request.ts';

/** What was asked of the backup queue. */
export interface DispatchReport {
  readonly tenants: number;
  readonly tier: string;
  readonly scheduledTime: string;
}

/** Queue one backup request for each tenant of a schedule. Sees names and tags, never an enrolment's value.
 * @throws NOT_ENROLLED if a tenant asked for by name is not enrolled; then none is queued */
export async function dispatch(
  { schedule, tenants: asked, tier, scheduledTime }: DispatchRequest,
  tools: { enrolments: Pick<Enrolments, 'list'>; queue: BackupQueue },
): Promise<DispatchReport> {
  const enrolled = await tools.enrolments.list(schedule);
  const unknown = asked?.filter((tenant) => !enrolled.includes(tenant)) ?? [];
  if (unknown.length > 0) {
    throw new TenantBackupError('NOT_ENROLLED', `not enrolled: ${unknown.join(', ')}`, { tenants: unknown });
  }
  const requests: BackupRequest[] = [...new Set(asked ?? enrolled)].map((tenant) => ({
    tenant,
    tier,
    scheduledTime,
  }));
  await tools.queue.send(requests);
  return { tenants: requests.length, tier, scheduledTime };
}
