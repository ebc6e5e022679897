import { TenantBackupError } from '../errors.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';

/** Requires the enrolment to allow everything that drills and probes do.
 * @throws NOT_SCRATCH */
export function requireScratch({ name, scratch }: Enrolment): void {
  if (scratch === true) return;
  throw new TenantBackupError(
    'NOT_SCRATCH',
    `enrolment "${name}" must say "scratch": true, as drills and probes overwrite and delete everything in that tenant`,
    { into: name },
  );
}
