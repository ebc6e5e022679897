import * as z from 'zod';
import { tenantName } from '../backup/request.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import type { DrillSettings } from './settings.ts';

const drillSchema = z.strictObject({
  /** Whose newest backup is drilled. @default - that of the tenant whose last drill is the longest ago */
  tenant: tenantName.optional(),
  /** The scratch tenant of the deployment, for whoever wants to be sure. */
  into: tenantName.optional(),
});

/** What to drill. Exists only because `parseDrillRequest` made it. */
export type DrillRequest = z.infer<typeof drillSchema>;

/** Judge the event that a drill was invoked with; that of the schedule is `{}`.
 * @throws INVALID_REQUEST naming field, value and bound: the function may write to no tenant but the one of the settings */
export function parseDrillRequest(event: unknown, { into }: Pick<DrillSettings, 'into'>): DrillRequest {
  const request = parseInput(drillSchema, event, 'drill request', 'INVALID_REQUEST');
  if (request.into === undefined || request.into === into) return request;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `drill request: into must be "${into}", the scratch tenant of this deployment, got "${request.into}"`,
  );
}
