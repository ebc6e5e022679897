import type { DispatchReport } from '../../../functions/dispatch/dispatch.ts';
import { MAX_NAMED_TENANTS } from '../../../functions/dispatch/request.ts';
import type { Tier } from '../../../functions/runtime/names.ts';
import type { Deployment } from './deployment.client.ts';
import { type RunResult, waiting } from './follow-backups.ts';
import { invoke } from './invoke.client.ts';

/** What a person wants of the backups. */
export interface BackupOrder {
  readonly tier: Exclude<Tier, 'safety'>;
  readonly description?: string;
  /** False for backups without credentials. */
  readonly credentials?: boolean;
  /** The objects that the backups hold. @default - all */
  readonly selection?: object | undefined;
}

/** Requests backups of the same time, with as many calls as it takes. */
export async function requestBackups(
  tenants: readonly string[],
  { tier, description, credentials, selection }: BackupOrder,
  { lambda, output }: Pick<Deployment, 'lambda' | 'output'>,
): Promise<RunResult[]> {
  const dispatch = await output('dispatchFunction');
  const requests: RunResult[] = [];
  let scheduledTime: string | undefined;
  for (let first = 0; first < tenants.length; first += MAX_NAMED_TENANTS) {
    const some = tenants.slice(first, first + MAX_NAMED_TENANTS);
    const report = await invoke<DispatchReport>(lambda, dispatch, {
      tenants: some,
      tier,
      ...(description !== undefined && { description }),
      ...(credentials === false && { credentials }),
      ...(selection !== undefined && { selection }),
      ...(scheduledTime !== undefined && { scheduledTime }),
    });
    scheduledTime = report.scheduledTime;
    requests.push(...some.map((tenant) => waiting({ tenant, tier, scheduledTime: report.scheduledTime })));
  }
  return requests;
}
