import * as z from 'zod';
import { instant, requirePast, tenantName } from '../backup/request.ts';
import { dumpSelectionSchema, isOfWorkspacesAlone } from '../config/change/dump-selection.ts';
import { selectionSchema, withWholeSelection } from '../config/select/selection.ts';
import { transformSchema, wrongForDumps } from '../config/transform/transform-schema.ts';
import { TenantBackupError } from '../errors.ts';
import { parseInput } from '../parse.ts';
import { TIERS } from '../runtime/names.ts';
import { TENANT_PARTS } from '../tenant/enrolment/enrolment-schema.ts';
import { IMPORT_MODES } from '../tenant/http/import-mode.ts';
import { versionIdSchema } from '../vault/format/layout.ts';
import { withPartsOfSelection } from './requested-parts.ts';

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
      /** Parts of the backup. @default - those of a restore, see `partsToPlan` */
      parts: z
        .array(z.enum(TENANT_PARTS))
        .min(1)
        .refine((parts) => new Set(parts).size === parts.length, 'must name each part once')
        .optional(),
      /** @default - everything */
      selection,
      /** How to treat an object that exists: overwrite it (`update`), skip it (`ignore`), or refuse the whole (`fail`). */
      mode: z.enum(IMPORT_MODES).default('update'),
      /** Credentials of objects that exist: take those of the backup (`restore`), or leave them (`keep`). */
      credentials: z.enum(['restore', 'keep']).optional(),
      /** Whether to delete objects that only the tenant has. */
      prune: z.boolean().default(false),
      /** Accept versions whose bytes were stored before. @default - false */
      allowOldBytes: z.boolean().optional(),
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
  const asked = withWholeSelection(withPartsOfSelection(event));
  const isOfDump = isOfSystem((asked ?? {}) as { readonly parts?: unknown });
  const request: PlanRequest = isOfDump
    ? parseInput(systemSchema, asked, 'plan request', 'INVALID_REQUEST')
    : parseInput(hubSchema, asked, 'plan request', 'INVALID_REQUEST');
  requirePast(request.asOf, 'plan request: asOf', now);
  requirePast(request.desired?.asOf, 'plan request: desired.asOf', now);
  requirePast(request.actual?.asOf, 'plan request: actual.asOf', now);
  if (request.parts?.includes('identity')) throw partSealed();
  if (request.parts?.includes('system')) refuseForSystem(request);
  return request;
}

export const isOfSystem = ({ parts }: { readonly parts?: unknown }): boolean =>
  Array.isArray(parts) && parts.length === 1 && parts[0] === 'system';

export const partSealed = (): TenantBackupError =>
  new TenantBackupError(
    'PART_SEALED',
    'parts must be among hub, system: a plan cannot open the sealed data of people; use a dry run of a restore',
    { part: 'identity' },
  );

/** Ends the message: the invoker sees nothing else of an error. */
export const WHERE_SYSTEM = 'where parts are system';

/** Tells whether a plan compares states of other tenants. */
export const isOfOtherTenant = ({ tenant, desired, actual }: PlanRequest): boolean =>
  [desired, actual].some((state) => state?.tenant !== undefined && state.tenant !== tenant);

/** Refuses options that the part system does not support.
 * @throws INVALID_REQUEST */
export function refuseForSystem(request: PlanRequest): void {
  const { parts, prune, transform, selection } = request;
  const isBesideHub = parts?.includes('hub') === true;
  const wrong = isBesideHub
    ? isOfWorkspacesAlone(selection) && (transform?.drop.length ?? 0) === 0
      ? undefined
      : 'selection must be of workspaces alone, and transform.drop empty, as types have other names in each part,'
    : prune
      ? 'prune must be false, as imports of dumps delete nothing,'
      : transform && wrongForDumps(transform, ['system']);
  if (wrong == null) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `${wrong} ${isBesideHub ? 'where parts are hub, system' : WHERE_SYSTEM}`,
  );
}
