import type { BackupQueue, QueuedRequest } from '../backup/backup-queue.client.ts';
import { recordRequests } from '../backup/request-record.ts';
import { TenantBackupError } from '../errors.ts';
import type { Clients } from '../runtime/clients.ts';
import type { Enrolments } from '../tenant/enrolment/enrolment.client.ts';
import type { ListedEnrolment } from '../tenant/enrolment/enrolment-list.client.ts';
import { parseRootTenantName } from '../tenant/enrolment/root-tenant-name.ts';
import type { DispatchRequest } from './request.ts';
import { delaySecondsOf } from './spread.ts';

/** Says what the backup queue received. */
export interface DispatchReport {
  readonly tenants: number;
  readonly tier: string;
  readonly scheduledTime: string;
  /** Lanes that enrolments name and this deployment lacks: their tenants wait in the default lane. */
  readonly unknownLanes?: readonly string[];
  /** Whether the ledger has the requests; absent for those of a schedule, which it does not record. */
  readonly recorded?: boolean;
}

/** Queues one backup request for each tenant of a schedule. Sees names and tags, never an enrolment's value.
 * @throws NOT_ENROLLED if the request names a tenant that is not enrolled; then nothing is queued */
export async function dispatch(
  {
    schedule,
    tenants: asked,
    tier,
    scheduledTime,
    description,
    credentials,
    selection,
    spreadMinutes,
    storeUnchanged,
  }: DispatchRequest,
  tools: { enrolments: Pick<Enrolments, 'entries' | 'find'>; queue: BackupQueue } & Pick<Clients, 'ledger'>,
): Promise<DispatchReport> {
  const entries = asked ? await findAll(asked, tools.enrolments) : await tools.enrolments.entries(schedule);
  const lanes = new Map(entries.map(({ name, lane }) => [name, lane]));
  const unknown = asked?.filter((tenant) => !lanes.has(enrolmentOf(tenant))) ?? [];
  if (unknown.length > 0) {
    throw new TenantBackupError('NOT_ENROLLED', `not enrolled: ${unknown.join(', ')}`, { tenants: unknown });
  }
  const unknownLanes = new Set<string>();
  const requests = [...new Set(asked ?? lanes.keys())].map((tenant): QueuedRequest => {
    const lane = lanes.get(enrolmentOf(tenant));
    const known = lane !== undefined && tools.queue.lanes.includes(lane);
    if (lane !== undefined && !known) unknownLanes.add(lane);
    return {
      tenant,
      tier,
      scheduledTime,
      ...(description !== undefined && { description }),
      ...(credentials !== undefined && { credentials }),
      ...(selection !== undefined && { selection }),
      ...(storeUnchanged === false && { storeUnchanged }),
      ...(known && { lane }),
      delaySeconds: delaySecondsOf(tenant, spreadMinutes * 60),
    };
  });
  await tools.queue.send(requests);
  const recorded =
    asked &&
    (await recordRequests(
      requests.map(({ lane: _, delaySeconds: __, ...request }) => request),
      tools,
    ));
  return {
    tenants: requests.length,
    tier,
    scheduledTime,
    ...(unknownLanes.size > 0 && { unknownLanes: [...unknownLanes].sort() }),
    ...(recorded !== undefined && { recorded }),
  };
}

/** Secrets Manager describes 40 secrets a second. */
const DESCRIBED_AT_A_TIME = 10;

/** Looks up the enrolments of the named tenants, one by one: a list may lack new ones. */
async function findAll(
  tenants: readonly string[],
  enrolments: Pick<Enrolments, 'find'>,
): Promise<ListedEnrolment[]> {
  const names = [...new Set(tenants.map(enrolmentOf))];
  const found: ListedEnrolment[] = [];
  for (let first = 0; first < names.length; first += DESCRIBED_AT_A_TIME) {
    const some = names.slice(first, first + DESCRIBED_AT_A_TIME);
    const described = await Promise.all(some.map((name) => enrolments.find(name)));
    found.push(...described.filter((each) => each !== null));
  }
  return found;
}

/** Returns the enrolment of a tenant: its own, or the shared one that its name begins with. */
const enrolmentOf = (tenant: string): string => parseRootTenantName(tenant)?.enrolment ?? tenant;
