import * as z from 'zod';
import { tenantName } from '../backup/request.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import type { DrillSettings } from './settings.ts';

const drillSchema = z.strictObject({
  /** Drill the newest backup of this tenant. @default - the tenant whose last drill is the longest ago */
  tenant: tenantName.optional(),
  /** The scratch tenant, to state it explicitly; must be that of the deployment. */
  into: tenantName.optional(),
});

const probeSchema = z.strictObject({
  /** Probe the scratch tenant instead of drilling. Must be that of the deployment. */
  probe: tenantName,
});

/** Says what to probe. Exists only because `parseProbeRequest` made it. */
export type ProbeRequest = z.infer<typeof probeSchema>;

/** Says what to drill. Exists only because `parseDrillRequest` made it. */
export type DrillRequest = z.infer<typeof drillSchema>;

/** Validates the event of a drill; a schedule sends `{}`.
 * @throws INVALID_REQUEST naming field, value and bound, also for another scratch tenant than that of the settings */
export function parseDrillRequest(event: unknown, { into }: Pick<DrillSettings, 'into'>): DrillRequest {
  const request = parseInput(drillSchema, event, 'drill request', 'INVALID_REQUEST');
  requireOwn('drill request: into', request.into, into);
  return request;
}

/** Validates the event of a probe: the member `probe` makes it one.
 * @returns null without that member
 * @throws INVALID_REQUEST as `parseDrillRequest` */
export function parseProbeRequest(
  event: unknown,
  { into }: Pick<DrillSettings, 'into'>,
): ProbeRequest | null {
  if (typeof event !== 'object' || event === null || !('probe' in event)) return null;
  const request = parseInput(probeSchema, event, 'probe request', 'INVALID_REQUEST');
  requireOwn('probe request: probe', request.probe, into);
  return request;
}

function requireOwn(field: string, named: string | undefined, into: string): void {
  if (named === undefined || named === into) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${field} must be "${into}", the scratch tenant of this deployment, got "${named}"`,
  );
}
