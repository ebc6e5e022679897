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

/** Says what to drill. Exists only because `parseDrillRequest` made it. */
export type DrillRequest = z.infer<typeof drillSchema>;

/** Validates the event of a drill; a schedule sends `{}`.
 * @throws INVALID_REQUEST naming field, value and bound, also for another scratch tenant than that of the settings */
export function parseDrillRequest(event: unknown, { into }: Pick<DrillSettings, 'into'>): DrillRequest {
  const request = parseInput(drillSchema, event, 'drill request', 'INVALID_REQUEST');
  if (request.into === undefined || request.into === into) return request;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `drill request: into must be "${into}", the scratch tenant of this deployment, got "${request.into}"`,
  );
}
