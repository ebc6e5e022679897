import * as z from 'zod';
import { instant, requirePast, tenantName } from '../backup/request.ts';
import { dumpSelectionSchema } from '../config/change/dump-selection.ts';
import { selectionSchema, withWholeSelection } from '../config/select/selection.ts';
import { transformSchema } from '../config/transform/transform-schema.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { TENANT_PARTS } from '../tenant/enrolment/enrolment-schema.ts';
import { IMPORT_MODES } from '../tenant/http/import-mode.ts';
import { versionIdSchema } from '../vault/format/layout.ts';

const backupFields = {
  /** A version of one of the tenant's archives, safety backups included. */
  versionId: versionIdSchema.optional(),
  /** The newest backup that the vault had at this time. */
  asOf: instant.optional(),
  /** Choose a backup of this tier only. */
  tier: z.enum(TIERS).optional(),
};

/** Names a state of a tenant: the live one, or one of its backups. */
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

const planRequestSchemaOf = <Selected extends z.ZodType>(selection: Selected) =>
  z
    .strictObject({
      /** The tenant that a restore would write to. */
      tenant: tenantName,
      ...backupFields,
      /** The desired state. @default - the tenant's backup that `versionId`, `asOf` and `tier` name */
      desired: stateSchema.optional(),
      /** The state to compare with it. @default - the live tenant */
      actual: stateSchema.optional(),
      /** The part of the tenant. @default - the hub; the system, if the backup has no hub */
      parts: z
        .array(z.enum(TENANT_PARTS))
        .refine((parts) => parts.length === 1, 'must name one part: make a plan of each')
        .optional(),
      /** @default - everything */
      selection,
      /** How to treat an object that exists: overwrite it (`update`), skip it (`ignore`), or refuse the whole (`fail`). */
      mode: z.enum(IMPORT_MODES).default('update'),
      /** Credentials of objects that exist: take those of the backup (`restore`), or leave them (`keep`). */
      credentials: z.enum(['restore', 'keep']).optional(),
      /** Whether to delete objects that only the tenant has. */
      prune: z.boolean().default(false),
      /** What to change in the state of another tenant. */
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

const hubSchema = planRequestSchemaOf(selectionSchema.prefault({}));
/** A selection in dumps, where objects have other names. */
const systemSchema = planRequestSchemaOf(dumpSelectionSchema.prefault({}));

export type StateChoice = z.infer<typeof stateSchema>;

/** Says what to compare, with which options. Exists only because `parsePlanRequest` made it. */
export type PlanRequest = z.infer<typeof hubSchema> | z.infer<typeof systemSchema>;

/** Validates the event of a plan.
 * @param now the latest time that `asOf` may name
 * @throws INVALID_REQUEST naming field, value and bound
 * @throws PART_SEALED if it names the part identity */
export function parsePlanRequest(event: unknown, now: Date): PlanRequest {
  const asked = withWholeSelection(event);
  const isOfDump = isOfSystem((event ?? {}) as { readonly parts?: unknown });
  const request: PlanRequest = isOfDump
    ? parseInput(systemSchema, asked, 'plan request', 'INVALID_REQUEST')
    : parseInput(hubSchema, asked, 'plan request', 'INVALID_REQUEST');
  requirePast(request.asOf, 'plan request: asOf', now);
  requirePast(request.desired?.asOf, 'plan request: desired.asOf', now);
  requirePast(request.actual?.asOf, 'plan request: actual.asOf', now);
  if (request.parts?.includes('identity')) throw partSealed();
  if (isOfDump) refuseForSystem(request);
  return request;
}

export const isOfSystem = ({ parts }: { readonly parts?: unknown }): boolean =>
  Array.isArray(parts) && parts.length === 1 && parts[0] === 'system';

export const partSealed = (): TenantBackupError =>
  new TenantBackupError(
    'PART_SEALED',
    'parts must be ["hub"] or ["system"]: a plan cannot open the sealed data of people; use a dry run of a restore',
    { part: 'identity' },
  );

/** Ends the message: the invoker sees nothing else of an error. */
export const WHERE_SYSTEM = 'where parts are system';

/** Refuses options that the part system does not support.
 * @throws INVALID_REQUEST */
export function refuseForSystem({ tenant, prune, transform, desired, actual }: PlanRequest): void {
  const isOther = (state: StateChoice | undefined) => state?.tenant !== undefined && state.tenant !== tenant;
  const wrong = prune
    ? 'prune must be false, as imports of dumps delete nothing,'
    : transform !== undefined || isOther(desired) || isOther(actual)
      ? 'transform and other tenants must be absent, as every object of a dump names its tenant,'
      : undefined;
  if (wrong === undefined) return;
  throw new TenantBackupError('INVALID_REQUEST', `${wrong} ${WHERE_SYSTEM}`);
}
