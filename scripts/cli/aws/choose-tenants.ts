import { TenantBackupError } from '../../../functions/errors.ts';
import { vaultKey } from '../../../functions/vault/format/layout.ts';
import type { Deployment } from './deployment.client.ts';
import { openEnrolments } from './open-enrolments.client.ts';

/** Tenants as a person chooses them: by their names, of a schedule, or all. */
export interface TenantChoice {
  readonly names: readonly string[];
  readonly schedule?: string | undefined;
  readonly all?: boolean | undefined;
}

/** Refuses a choice of more than one kind, or of none, and a name that is none.
 * @throws INVALID_REQUEST */
export function requireOneChoice({ names, schedule, all = false }: TenantChoice): void {
  const given = [names.length > 0, schedule !== undefined, all].filter(Boolean).length;
  if (given !== 1) {
    throw new TenantBackupError('INVALID_REQUEST', 'give either tenants, --schedule or --all');
  }
  for (const name of names) vaultKey('manual', name);
}

/** Returns the names of the chosen tenants, each once. `all` leaves out those that are paused.
 * @throws NOT_ENROLLED if there is no such tenant */
export async function findChosen(
  { names, schedule, all }: TenantChoice,
  deployment: Pick<Deployment, 'secrets' | 'output'>,
): Promise<string[]> {
  if (names.length > 0) return [...new Set(names)];
  const entries = await (await openEnrolments(deployment)).entries(schedule);
  const chosen = all ? entries.filter((entry) => entry.schedule !== undefined || !entry.paused) : entries;
  if (chosen.length > 0) return chosen.map(({ name }) => name);
  throw new TenantBackupError(
    'NOT_ENROLLED',
    schedule === undefined
      ? 'no tenant is enrolled and not paused'
      : `no tenant is enrolled with schedule "${schedule.slice(0, 80)}"`,
  );
}
