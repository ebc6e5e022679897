import * as z from 'zod';
import { instant, requirePast, tenantName } from '../../backup/request.ts';
import { dumpSelectionSchema, isOfWorkspacesAlone } from '../../config/change/dump-selection.ts';
import { selectionSchema, withWholeSelection } from '../../config/select/selection.ts';
import { transformSchema } from '../../config/transform/transform.ts';
import { TenantBackupError } from '../../errors.ts';
import { parseInput } from '../../parse.ts';
import { planIdSchema } from '../../plan/stored-plan.ts';
import { TIERS } from '../../runtime/names.ts';
import { TENANT_PARTS, type TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import { IMPORT_MODES } from '../../tenant/http/import-mode.ts';
import { versionIdSchema } from '../../vault/format/layout.ts';
import { operationId } from '../record/operation-record.ts';
import { patchSchema } from './patch-request.ts';

/** What is sent to the tenant.
 * - `everything`: an import of the whole tenant as it is to be, which is right whether an import keeps, deletes or resets what
 *   its document lacks: the vendor does not say
 * - `changes`: an import of whole objects, but only of those that differ, with the settings of their workspaces; it takes it
 *   that an import keeps what its document lacks
 * - `patch`: a merge patch (RFC 7396) of what differs, which the tenant applies to itself */
export const SENDINGS = ['everything', 'changes', 'patch'] as const;
export type Sending = (typeof SENDINGS)[number];

/** Deleting is asked for: `true` for a few objects, else by their number; or as the undoing of an operation. */
const pruneSchema = z.union(
  [
    z.boolean(),
    z.strictObject({
      /** How many objects will be deleted, as a dry run counts them. */
      expected: z.int().min(0).max(1_000_000),
    }),
    z.strictObject({
      /** Delete what this operation has added, and nothing else. */
      createdBy: operationId,
    }),
  ],
  'must be true, false, {"expected": <number of objects>} or {"createdBy": <operation id>}',
);

const requestedBy = z.string().min(1).max(200);

const partsSchema = <Part extends TenantPart>(names: readonly Part[]) =>
  z
    .array(z.enum(names as [Part, ...Part[]]))
    .min(1)
    .refine((parts) => new Set(parts).size === parts.length, 'must name each part once');

const restoreSchema = z.strictObject({
  tenant: tenantName,
  /** A version of one of the tenant's archives, safety backups included. */
  versionId: versionIdSchema.optional(),
  /** The newest backup that the vault had at this time. */
  asOf: instant.optional(),
  /** Look only here for a backup. */
  tier: z.enum(TIERS).optional(),
  /** What becomes of an object that exists: overwritten (`update`), left (`ignore`), or the whole refused (`fail`). */
  mode: z.enum(IMPORT_MODES).default('update'),
  /** Say what would change, with a token that cannot write. */
  dryRun: z.boolean().default(false),
  /** Which parts of the backup. @default - the hub's; of a backup without it, what it has, but no people */
  parts: partsSchema(TENANT_PARTS).optional(),
  /** Which objects. @default - all of them */
  selection: selectionSchema.optional(),
  /** Whether selected objects that the backup does not have are deleted. */
  prune: pruneSchema.default(false),
  /** Credentials of objects that exist: as in the backup (`restore`), or as they are now (`keep`). */
  credentials: z.enum(['restore', 'keep']).default('restore'),
  /** Whether the client that the restore is made with may be overwritten and deleted. */
  includeOwnClient: z.boolean().default(false),
  /** The enrolment of another tenant to restore into. @default - the tenant itself */
  into: tenantName.optional(),
  /** The backup may be of another tenant than the enrolment is of now: a vanity domain was added, or it is meant. */
  allowOtherSource: z.boolean().default(false),
  /** What has to be another there. */
  transform: transformSchema.optional(),
  /** What is sent: an import of the whole tenant as it is to be (`everything`), an import of the objects that differ
   * (`changes`), or a patch of what differs (`patch`). */
  send: z.enum(SENDINGS).default('everything'),
  /** What happens to a tenant that did not become what was promised: put back (`rollBack`), or left for a person to look
   * at (`leave`). */
  onFailure: z.enum(['rollBack', 'leave']).default('rollBack'),
  /** Whoever asks, for the record. */
  requestedBy: requestedBy.optional(),
  /** Under which id the operation is recorded: a caller that names it can ask for its status without an answer. */
  operationId: operationId.optional(),
});

/** Without the hub, objects are called what they are called in dumps. */
const dumpRestoreSchema = restoreSchema.extend({
  parts: partsSchema(['system', 'identity']),
  selection: dumpSelectionSchema.optional(),
});

const patchOperationSchema = restoreSchema
  .pick({
    tenant: true,
    mode: true,
    dryRun: true,
    includeOwnClient: true,
    send: true,
    onFailure: true,
    requestedBy: true,
    operationId: true,
  })
  .extend({
    patch: patchSchema,
    /** A patch may delete as many objects as a restore without saying how many. */
    prune: z.strictObject({ expected: z.int().min(0).max(1_000_000) }).optional(),
  });

/** A plan says what; the request, how. */
const plannedSchema = restoreSchema
  .pick({
    tenant: true,
    dryRun: true,
    send: true,
    onFailure: true,
    allowOtherSource: true,
    requestedBy: true,
    operationId: true,
  })
  .extend({
    /** Id of a plan that was made of the tenant: the digest of what somebody has read. */
    plan: planIdSchema,
    /** Where the plan left it open. */
    credentials: z.enum(['restore', 'keep']).optional(),
  });

/** What to restore, and how. Exists only because `parseRestoreRequest` made it. */
export type RestoreRequest = z.infer<typeof restoreSchema>;

/** The same without the hub. Exists only because `parseRestoreRequest` made it. */
export type DumpRestoreRequest = z.infer<typeof dumpRestoreSchema>;

/** What to change in a tenant, with the same safety net. Exists only because `parseRestoreRequest` made it. */
export type PatchRequest = z.infer<typeof patchOperationSchema>;

/** Which plan to carry out. Exists only because `parseRestoreRequest` made it. */
export type PlannedRequest = z.infer<typeof plannedSchema>;

const atMostOneTime = ({ versionId, asOf }: Pick<RestoreRequest, 'versionId' | 'asOf'>): boolean =>
  versionId === undefined || asOf === undefined;
const MESSAGE = 'must have at most one of versionId and asOf';

const checkedRestoreSchema = restoreSchema.refine(atMostOneTime, MESSAGE);
const checkedDumpRestoreSchema = dumpRestoreSchema.refine(atMostOneTime, MESSAGE);

/** Judge the event that a restore was invoked with: it is a patch if it has the member `patch`, and carries out a plan if
 * it has the member `plan`.
 * @param now no backup is as of a time after it
 * @throws INVALID_REQUEST naming field, value and bound */
export function parseRestoreRequest(
  event: unknown,
  now: Date,
): RestoreRequest | DumpRestoreRequest | PatchRequest | PlannedRequest {
  const has = (name: string) => typeof event === 'object' && event !== null && name in event;
  if (has('patch')) return parseInput(patchOperationSchema, event, 'patch request', 'INVALID_REQUEST');
  if (has('plan')) return parseInput(plannedSchema, event, 'restore request', 'INVALID_REQUEST');
  const { parts } = (event ?? {}) as { readonly parts?: unknown };
  const asked = withWholeSelection(event);
  const isWithoutHub = Array.isArray(parts) && parts.length > 0 && !parts.includes('hub');
  const request = isWithoutHub
    ? parseInput(checkedDumpRestoreSchema, asked, 'restore request', 'INVALID_REQUEST')
    : parseInput(checkedRestoreSchema, asked, 'restore request', 'INVALID_REQUEST');
  requirePast(request.asOf, 'restore request: asOf', now);
  if (request.parts !== undefined) refuseForDumps(request, request.parts);
  return request;
}

export const isOfDumps = (request: RestoreRequest | DumpRestoreRequest): request is DumpRestoreRequest =>
  request.parts !== undefined && !(request.parts as readonly TenantPart[]).includes('hub');

/** What cannot be asked of the parts system and identity is refused, rather than left out without a word.
 * @param parts that are restored
 * @throws INVALID_REQUEST naming the field and the reason */
export function refuseForDumps(
  request: RestoreRequest | DumpRestoreRequest,
  parts: readonly TenantPart[],
): void {
  const dumps = parts.filter((part) => part !== 'hub');
  if (dumps.length === 0) return;
  const { into, transform, prune, send, mode, selection } = request;
  const refuse = (message: string): never => {
    throw new TenantBackupError('INVALID_REQUEST', `${message} where parts are ${parts.join(', ')}`, {
      parts,
    });
  };
  if ((into !== undefined && into !== request.tenant) || transform !== undefined) {
    refuse('into and transform must be absent, as every object of a dump names its tenant,');
  }
  if (prune === true || (typeof prune === 'object' && 'expected' in prune)) {
    refuse('prune must be false or {"createdBy": <operation id>}, as imports of dumps delete nothing,');
  }
  if (send !== 'everything' && !parts.includes('hub')) {
    refuse('send must be "everything"');
  }
  if (mode !== 'update' && parts.includes('identity')) {
    refuse('mode must be "update", as the identity API overwrites in any case,');
  }
  if (selection === undefined || !parts.includes('hub')) return;
  const isShared = [...selection.include, ...selection.exclude].every(isOfWorkspacesAlone);
  if (!isShared || parts.includes('identity')) {
    refuse(
      'selection must be of workspaces alone, and of no people, as types have other names in each part,',
    );
  }
}
