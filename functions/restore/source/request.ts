import * as z from 'zod';
import { instant, requirePast, tenantName } from '../../backup/request.ts';
import { dumpSelectionSchema, isOfWorkspacesAlone } from '../../config/change/dump-selection.ts';
import { IDENTIFIER_CHOICES } from '../../config/change/taken-identifiers.ts';
import { selectionSchema, withWholeSelection } from '../../config/select/selection.ts';
import { transformSchema, wrongForDumps } from '../../config/transform/transform-schema.ts';
import { TenantBackupError } from '../../errors.ts';
import { parseInput } from '../../parse.ts';
import { withPartsOfSelection } from '../../plan/requested-parts.ts';
import { planIdSchema } from '../../plan/stored-plan.ts';
import { TIERS } from '../../runtime/names.ts';
import { TENANT_PARTS, type TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import { IMPORT_MODES } from '../../tenant/http/import-mode.ts';
import { versionIdSchema } from '../../vault/format/layout.ts';
import { operationId } from '../record/operation-record.ts';
import { patchSchema } from './patch-request.ts';

/** The document that a restore sends to the tenant.
 * - `everything`: an import of the whole target state. It is right whether an import keeps, deletes or resets what its document
 *   lacks: the vendor does not say
 * - `changes`: an import of the objects that differ, with the settings of their workspaces. It assumes that an import keeps what
 *   its document lacks
 * - `patch`: a merge patch (RFC 7396) of the difference */
export const SENDINGS = ['everything', 'changes', 'patch'] as const;
export type Sending = (typeof SENDINGS)[number];

/** Allows deletions: `true` for a few objects, else their expected number, or the operation to undo. */
const pruneSchema = z.union(
  [
    z.boolean(),
    z.strictObject({
      /** Number of objects to delete, as a dry run counts them. */
      expected: z.int().min(0).max(1_000_000),
    }),
    z.strictObject({
      /** Delete only what this operation has added. */
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
  /** Choose a backup of this tier only. */
  tier: z.enum(TIERS).optional(),
  /** How to treat an object that exists: overwrite it (`update`), skip it (`ignore`), or refuse the whole (`fail`). */
  mode: z.enum(IMPORT_MODES).default('update'),
  /** Report what would change, with a token that cannot write. */
  dryRun: z.boolean().default(false),
  /** Parts of the backup. @default - all except identity; for a selection in types of one part, that part */
  parts: partsSchema(TENANT_PARTS).optional(),
  /** Objects to restore. @default - all */
  selection: selectionSchema.optional(),
  /** Whether to delete selected objects that the backup lacks. */
  prune: pruneSchema.default(false),
  /** Credentials of objects that exist: take those of the backup (`restore`), or leave them (`keep`). */
  credentials: z.enum(['restore', 'keep']).default('restore'),
  /** Identifiers of people that another user has by now: refuse the restore, leave them out, or take them from that user. */
  identifiers: z.enum(IDENTIFIER_CHOICES).default('fail'),
  /** Whether the restore may overwrite and delete the client that it authenticates with. */
  includeOwnClient: z.boolean().default(false),
  /** The enrolment of another tenant to restore into. @default - the tenant itself */
  into: tenantName.optional(),
  /** Accept a backup of another issuer than the enrolment's: the tenant has a new vanity domain, or the other tenant is meant. */
  allowOtherSource: z.boolean().default(false),
  /** Accept a version whose bytes were stored before, as after a copy of the vault by other tools. */
  allowOldBytes: z.boolean().default(false),
  /** What to change for the other tenant. */
  transform: transformSchema.optional(),
  /** The document to send, see `SENDINGS`. */
  send: z.enum(SENDINGS).default('everything'),
  /** How to treat a tenant that misses its target state: restore the state before (`rollBack`), or leave it for a person
   * (`leave`). */
  onFailure: z.enum(['rollBack', 'leave']).default('rollBack'),
  /** The requester, for the record. */
  requestedBy: requestedBy.optional(),
  /** Id of the operation's record: a caller that sets it can read the status without an answer. */
  operationId: operationId.optional(),
});

/** A request without the hub: its selection names objects as dumps do. */
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
    /** @default - a patch may delete a few objects, as a restore with `true` */
    prune: z.strictObject({ expected: z.int().min(0).max(1_000_000) }).optional(),
  });

/** A request to execute a plan: the plan says what, the request how. */
const plannedSchema = restoreSchema
  .pick({
    tenant: true,
    dryRun: true,
    send: true,
    onFailure: true,
    allowOtherSource: true,
    allowOldBytes: true,
    requestedBy: true,
    operationId: true,
  })
  .extend({
    /** Id of a plan of the tenant: the digest of what a person has read. */
    plan: planIdSchema,
    /** Needed if the plan leaves it open. */
    credentials: z.enum(['restore', 'keep']).optional(),
  });

/** Says what to restore, and how. Exists only because `parseRestoreRequest` made it. */
export type RestoreRequest = z.infer<typeof restoreSchema>;

/** The same without the hub. Exists only because `parseRestoreRequest` made it. */
export type DumpRestoreRequest = z.infer<typeof dumpRestoreSchema>;

/** Says what to change in a tenant. Exists only because `parseRestoreRequest` made it. */
export type PatchRequest = z.infer<typeof patchOperationSchema>;

/** Names the plan to execute. Exists only because `parseRestoreRequest` made it. */
export type PlannedRequest = z.infer<typeof plannedSchema>;

const atMostOneTime = ({ versionId, asOf }: Pick<RestoreRequest, 'versionId' | 'asOf'>): boolean =>
  versionId === undefined || asOf === undefined;
const MESSAGE = 'must have at most one of versionId and asOf';

const checkedRestoreSchema = restoreSchema.refine(atMostOneTime, MESSAGE);
const checkedDumpRestoreSchema = dumpRestoreSchema.refine(atMostOneTime, MESSAGE);

/** Validates the event of a restore. The member `patch` makes it a patch, the member `plan` the execution of a plan.
 * @param now the latest time that `asOf` may name
 * @throws INVALID_REQUEST naming field, value and bound */
export function parseRestoreRequest(
  event: unknown,
  now: Date,
): RestoreRequest | DumpRestoreRequest | PatchRequest | PlannedRequest {
  const has = (name: string) => typeof event === 'object' && event !== null && name in event;
  if (has('patch')) return parseInput(patchOperationSchema, event, 'patch request', 'INVALID_REQUEST');
  if (has('plan')) return parseInput(plannedSchema, event, 'restore request', 'INVALID_REQUEST');
  const asked = withWholeSelection(withPartsOfSelection(event));
  const { parts } = (asked ?? {}) as { readonly parts?: unknown };
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

/** Refuses options that the parts system and identity do not support.
 * @param parts to restore
 * @throws INVALID_REQUEST naming the field and the reason */
export function refuseForDumps(
  request: RestoreRequest | DumpRestoreRequest,
  parts: readonly TenantPart[],
): void {
  const { transform, prune, send, mode, selection, identifiers } = request;
  const refuse = (message: string): never => {
    throw new TenantBackupError('INVALID_REQUEST', `${message} where parts are ${parts.join(', ')}`, {
      parts,
    });
  };
  if (identifiers !== 'fail' && !parts.includes('identity')) {
    refuse('identifiers must be "fail", as only the part identity holds people,');
  }
  if (parts.every((part) => part === 'hub')) return;
  const wrong = transform && wrongForDumps(transform, parts);
  if (wrong != null) refuse(wrong);
  const isPruning = prune === true || (typeof prune === 'object' && 'expected' in prune);
  if (isPruning && !parts.includes('hub')) {
    refuse('prune must be false or {"createdBy": <operation id>}, as imports of dumps delete nothing,');
  }
  if (send !== 'everything' && !parts.includes('hub')) {
    refuse('send must be "everything"');
  }
  if (mode !== 'update' && parts.includes('identity')) {
    refuse('mode must be "update", as the identity API overwrites in any case,');
  }
  if (!parts.includes('hub')) return;
  if (selection === undefined) return;
  if (!isOfWorkspacesAlone(selection) || parts.includes('identity')) {
    refuse(
      'selection must be of workspaces alone, and of no people, as types have other names in each part,',
    );
  }
}
