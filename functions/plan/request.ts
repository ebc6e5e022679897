import * as z from 'zod';
import { instant, tenantName } from '../backup/request.ts';
import { selectionSchema, withWholeSelection } from '../config/selection.ts';
import { transformSchema } from '../config/transform.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { IMPORT_MODES } from '../tenant/import-mode.ts';

const backupFields = {
  /** A version of one of the tenant's archives, safety backups included. */
  versionId: z.string().min(1).max(1024).optional(),
  /** The newest backup that the vault had at this time. */
  asOf: instant.optional(),
  /** Look only here for a backup. */
  tier: z.enum(TIERS).optional(),
};

/** A state of a tenant: as it is (`live`), or as one of its backups has it. */
const stateSchema = z
  .strictObject({
    /** @default - the tenant of the request */
    tenant: tenantName.optional(),
    live: z.literal(true).optional(),
    ...backupFields,
  })
  .refine(({ versionId, asOf }) => versionId === undefined || asOf === undefined, {
    message: 'must have at most one of versionId and asOf',
  })
  .refine(
    ({ live, versionId, asOf, tier }) =>
      live === undefined || (versionId === undefined && asOf === undefined && tier === undefined),
    { message: 'must have either live or one of versionId, asOf and tier' },
  );

const planRequestSchema = z
  .strictObject({
    /** The tenant that would be written to. */
    tenant: tenantName,
    ...backupFields,
    /** What the tenant should be. @default - its backup that `versionId`, `asOf` and `tier` name */
    desired: stateSchema.optional(),
    /** What is compared with it. @default - the tenant as it is */
    actual: stateSchema.optional(),
    /** @default - everything */
    selection: selectionSchema.prefault({}),
    /** What becomes of an object that exists: overwritten (`update`), left (`ignore`), or the whole refused (`fail`). */
    mode: z.enum(IMPORT_MODES).default('update'),
    /** Credentials of objects that exist: as in the backup (`restore`), or as they are (`keep`). */
    credentials: z.enum(['restore', 'keep']).optional(),
    /** Whether objects that only the tenant has would be removed. */
    prune: z.boolean().default(false),
    /** What has to be another, where the desired state is that of another tenant. */
    transform: transformSchema
      .refine(({ credentialValues }) => Object.keys(credentialValues).length === 0, {
        message: 'must have no credentialValues: a plan needs none, and requests may be kept',
      })
      .optional(),
  })
  .refine(({ versionId, asOf }) => versionId === undefined || asOf === undefined, {
    message: 'must have at most one of versionId and asOf',
  })
  .refine(
    ({ desired, versionId, asOf, tier }) =>
      desired === undefined || (versionId === undefined && asOf === undefined && tier === undefined),
    { message: 'must have either desired or one of versionId, asOf and tier' },
  );

export type StateChoice = z.infer<typeof stateSchema>;

/** What to compare, and what would be done. Exists only because `parsePlanRequest` made it. */
export type PlanRequest = z.infer<typeof planRequestSchema>;

/** Judge the event that a plan was asked for with.
 * @throws INVALID_REQUEST naming field, value and bound */
export const parsePlanRequest = (event: unknown): PlanRequest =>
  parseInput(planRequestSchema, withWholeSelection(event), 'plan request', 'INVALID_REQUEST');
