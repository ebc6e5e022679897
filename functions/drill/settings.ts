import * as z from 'zod';
import { tenantName } from '../backup/request.ts';
import { parseJsonInput } from '../parse.ts';

/** What is drilled, and where, as it stands in `cdk.json`. */
export const drillFields = {
  /** The enrolment of the scratch tenant: a secret of its own, as the function may read no other. */
  into: tenantName.refine((name) => !name.includes('--'), {
    error: 'must be an enrolment of its own, without "--" in its name',
  }),
  /** Whose backups are drilled, in turns. @default - all tenants that have backups */
  tenants: z.array(tenantName).min(1).max(1000).optional(),
  /** - `regenerate`: the scratch tenant makes up credentials of its own
   * - `carry`: it gets those of the backup, which proves more, and brings secrets there that are in use */
  credentials: z.enum(['regenerate', 'carry']).default('regenerate'),
} as const;

const settingsSchema = z.strictObject(drillFields);

/** What the stack tells the function. */
export type DrillSettings = z.infer<typeof settingsSchema>;

/** Read what the stack wrote.
 * @param text JSON of `DrillSettings`
 * @param what names it in messages
 * @throws INVALID_ENVIRONMENT */
export const parseDrillSettings = (text: string, what: string): DrillSettings =>
  parseJsonInput(settingsSchema, text, what, 'INVALID_ENVIRONMENT');
