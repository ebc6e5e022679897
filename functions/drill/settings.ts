import * as z from 'zod';
import { tenantName } from '../backup/request.ts';
import { parseJsonInput } from '../parse.ts';

/** The settings of drills in `cdk.json`. */
export const drillFields = {
  /** The enrolment of the scratch tenant: its own secret, as the function may read no other. */
  into: tenantName.refine((name) => !name.includes('--'), {
    error: 'must be an enrolment of its own, without "--" in its name',
  }),
  /** Tenants to drill in turn. @default - all tenants that have backups */
  tenants: z.array(tenantName).min(1).max(1000).optional(),
  /** - `regenerate`: the scratch tenant generates its own credentials
   * - `carry`: it gets those of the backup, which proves more, but copies secrets that are in use */
  credentials: z.enum(['regenerate', 'carry']).default('regenerate'),
} as const;

const settingsSchema = z.strictObject(drillFields);

/** The settings that the stack passes to the function. */
export type DrillSettings = z.infer<typeof settingsSchema>;

/** Parses the settings from the stack.
 * @param text JSON of `DrillSettings`
 * @param what names it in messages
 * @throws INVALID_ENVIRONMENT */
export const parseDrillSettings = (text: string, what: string): DrillSettings =>
  parseJsonInput(settingsSchema, text, what, 'INVALID_ENVIRONMENT');
