import { z } from 'zod';
import { instant, tenantName } from '../backup/request.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { IMPORT_MODES } from '../tenant/import-mode.ts';

const restoreRequestSchema = z
  .strictObject({
    tenant: tenantName,
    /** A version of one of the tenant's archives, safety backups included. */
    versionId: z.string().min(1).max(1024).optional(),
    /** The newest backup that the vault had at this time. */
    asOf: instant.optional(),
    /** Look only here for a backup. */
    tier: z.enum(TIERS).optional(),
    /** What becomes of an object that exists: overwritten (`update`), left (`ignore`), or the whole refused (`fail`). */
    mode: z.enum(IMPORT_MODES).default('update'),
    /** Say what would change, with a token that cannot write. */
    dryRun: z.boolean().default(false),
  })
  .refine(({ versionId, asOf }) => versionId === undefined || asOf === undefined, {
    message: 'must have at most one of versionId and asOf',
  });

/** What to restore, and how. Exists only because `parseRestoreRequest` made it. */
export type RestoreRequest = z.infer<typeof restoreRequestSchema>;

/** Judge the event that a restore was invoked with.
 * @throws INVALID_REQUEST naming field, value and bound */
export const parseRestoreRequest = (event: unknown): RestoreRequest =>
  parseInput(restoreRequestSchema, event, 'restore request', 'INVALID_REQUEST');
