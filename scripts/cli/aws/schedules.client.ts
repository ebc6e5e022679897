import { paginateListSchedules, type ScheduleSummary } from '@aws-sdk/client-scheduler';
import { awsError } from '../../../functions/aws-errors.ts';
import { TenantBackupError } from '../../../functions/errors.ts';
import type { Deployment } from './deployment.client.ts';

/** Lists the schedules of a deployment, however many there are. Needs `scheduler:ListSchedules`. */
export async function listSchedules({
  scheduler,
  output,
}: Pick<Deployment, 'scheduler' | 'output'>): Promise<ScheduleSummary[]> {
  const group = await output('scheduleGroup');
  const schedules: ScheduleSummary[] = [];
  try {
    for await (const page of paginateListSchedules({ client: scheduler }, { GroupName: group })) {
      schedules.push(...(page.Schedules ?? []));
    }
  } catch (error) {
    return awsError('scheduler:ListSchedules', { group })(error);
  }
  return schedules;
}

/** Refuses a schedule that is not deployed, as it would never back up a tenant; needs `scheduler:ListSchedules`.
 * @throws INVALID_REQUEST with the names of the deployed schedules */
export async function requireSchedule(name: string, deployment: Deployment): Promise<void> {
  const names = (await listSchedules(deployment)).map(({ Name = '' }) => Name).sort();
  if (names.includes(name)) return;
  const near = nearestName(name, names);
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `--schedule must be a deployed schedule (${names.join(', ') || 'none'}), got "${name.slice(0, 80)}"${near === null ? '' : `: did you mean ${near}?`}; nothing was stored`,
    { schedules: names },
  );
}

/** Typing errors that still suggest a name. */
const MAX_DISTANCE = 2;

/** Returns the name that is closest to a mistyped one; null if none is close. */
export function nearestName(name: string, names: readonly string[]): string | null {
  const [nearest] = names
    .map((each) => ({ each, distance: distanceOf(name.toLowerCase(), each) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance);
  return nearest?.each ?? null;
}

/** Returns the Levenshtein distance. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a.slice(0, 80)].entries()) {
    const next = [index + 1];
    for (let at = 0; at < b.length; at++) {
      const changed = (row[at] ?? 0) + (letter === b[at] ? 0 : 1);
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
