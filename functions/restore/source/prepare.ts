import type { DumpSelection } from '../../config/change/dump-selection.ts';
import { isObject } from '../../config/json/json-value.ts';
import { ownClientObjects } from '../../config/model/own-objects.ts';
import { shapeOf } from '../../config/model/shape.ts';
import { dumpBesideHub } from '../../config/transform/dump-beside-hub.ts';
import { transformTree } from '../../config/transform/transform.ts';
import { transformDump } from '../../config/transform/transform-dump.ts';
import { parseTransform } from '../../config/transform/transform-schema.ts';
import { unmatchedInAll } from '../../config/transform/transform-warnings.ts';
import { TenantBackupError } from '../../errors.ts';
import { extentWarning } from '../../plan/backup-warnings.ts';
import { isOfHubAlone, partsOfOther } from '../../plan/requested-parts.ts';
import { requireSameSource } from '../../plan/source-mismatch.ts';
import { withinLimits } from '../../plan/within-limits.ts';
import { exportHub } from '../../state/export-state.ts';
import { type ChosenBackup, openChosen } from '../../state/open-backup.ts';
import { openDocument } from '../../state/open-document.ts';
import type { Enrolment } from '../../tenant/enrolment/enrolment.ts';
import type { TenantPart } from '../../tenant/enrolment/enrolment-schema.ts';
import { documentsIn } from '../../vault/format/documents.ts';
import type { Manifest } from '../../vault/format/manifest.ts';
import { requestedDocuments } from '../../vault/format/requested-documents.ts';
import { parseOperationRecord } from '../record/operation-record.ts';
import { parsePatch } from './patch-request.ts';
import {
  type DumpRestoreRequest,
  isOfDumps,
  type PatchRequest,
  type RestoreRequest,
  refuseForDumps,
} from './request.ts';
import type {
  DumpSource,
  DumpTarget,
  HubTarget,
  Operation,
  PartTarget,
  RestoreTools,
  Source,
} from './restore-plan.ts';

/** Chooses the backup, opens and checks it, and prepares the operation. Writes nothing.
 * @throws NOT_ENROLLED, PART_ABSENT, and the errors of `openChosen`, `openSource` and `openDump`
 * @throws SOURCE_MISMATCH if the backup is of another tenant than the enrolment, unless the request allows it
 * @throws INVALID_REQUEST if the request has options that its parts do not support
 * @throws OPERATION_NOT_FOUND if the ledger lacks the operation that prune names */
export async function prepareRestore(
  request: RestoreRequest | DumpRestoreRequest,
  tools: RestoreTools,
): Promise<Operation> {
  const { tenant, into = tenant, mode, onFailure } = request;
  const operationId = request.operationId ?? tools.randomUuid();
  const [from, enrolment] = await Promise.all([tools.enrolments.get(tenant), tools.enrolments.get(into)]);
  const chosen = await openChosen(request, from, tools);
  if (!request.allowOtherSource) requireSameSource(chosen.opened.manifest, from);
  const { manifest } = chosen.opened;
  const meant = requestedDocuments(request.parts, manifest, isOfHubAlone(request));
  const names = request.parts === undefined && into !== tenant ? partsOfOther(meant, enrolment) : meant;
  refuseForDumps(request, names);
  refuseUnnamed(request, names);
  const added = await addedByOther(request, into, tools);
  const targets: PartTarget[] = [];
  for (const name of names) {
    if (name === 'hub') {
      if (!isOfDumps(request)) targets.push(await hubTarget(request, chosen, from, enrolment, added, tools));
      continue;
    }
    const target = await dumpTarget(name, request, chosen, enrolment, added);
    const isBesideHub = name === 'system' && names.includes('hub');
    targets.push(
      isBesideHub
        ? besideHub(target, request, enrolment, names.includes('identity'))
        : elsewhere(target, request, from, enrolment),
    );
  }
  return {
    operationId,
    operation: 'restore',
    tenant: into,
    enrolment,
    mode,
    onFailure,
    requestedBy: request.requestedBy ?? null,
    request: withoutSecrets({ ...request, ...keptOf(manifest) }),
    backup: chosen.reference,
    targets: withUnmatchedOnce(targets),
    otherParts: documentsIn(manifest).filter((part) => !names.includes(part)),
    plan: null,
  };
}

async function hubTarget(
  request: RestoreRequest,
  chosen: ChosenBackup,
  from: Enrolment,
  into: Enrolment,
  added: AddedBy | null,
  tools: RestoreTools,
): Promise<HubTarget> {
  const { mode, send, prune, includeOwnClient } = request;
  const source = await openSource(chosen, request, from, into);
  const hidden = await placesOfHidden(chosen, into, tools);
  return {
    part: 'hub',
    desired: { kind: 'backup', ...source, secretPointers: [...source.secretPointers, ...hidden] },
    mode,
    send,
    prune,
    ...withinLimits({ ...request, selection: request.selection }, chosen.opened.manifest),
    ownClientId: includeOwnClient ? undefined : into.clientId,
    added: added?.hub ?? null,
  };
}

/** Lists the places of a tenant's credentials that a backup without credentials cannot tell: SecureAuth itself tells them. */
async function placesOfHidden(
  { opened }: ChosenBackup,
  into: Enrolment,
  tools: RestoreTools,
): Promise<readonly string[]> {
  if (opened.manifest.limits?.credentials !== false) return [];
  const { hub } = tools.connect(into, 'read', tools.randomUuid());
  return Object.keys((await exportHub(hub, tools.retryTools)).credentials);
}

async function dumpTarget(
  part: DumpTarget['part'],
  request: RestoreRequest | DumpRestoreRequest,
  chosen: ChosenBackup,
  into: Enrolment,
  added: AddedBy | null,
): Promise<DumpTarget> {
  const { mode, credentials, includeOwnClient, selection, identifiers } = request;
  return {
    ...(await openDump(chosen, part)),
    part,
    mode,
    credentials,
    identifiers,
    // If the hub has the same selection, it names workspaces only.
    selection: selection as DumpSelection | undefined,
    ownClientId: includeOwnClient ? undefined : into.clientId,
    added: added?.[part] ?? null,
  };
}

/** Restricts a target to what the hub lacks, and transforms it for another tenant. */
function besideHub(
  target: DumpTarget,
  { tenant, into = tenant, transform }: RestoreRequest | DumpRestoreRequest,
  { tenantId, keyRotation }: Enrolment,
  withPeople: boolean,
): DumpTarget {
  const { dump, secretPointers } = target;
  const other = into === tenant ? undefined : tenantId;
  const hasKeyRotation = keyRotation === true;
  return {
    ...target,
    ...dumpBesideHub(dump, transform, other, secretPointers, hasKeyRotation, withPeople),
  };
}

/** Transforms a target for another tenant, whose id every object of the dump gets. */
function elsewhere(
  target: DumpTarget,
  { transform }: Pick<RestoreRequest, 'transform'>,
  from: Enrolment,
  into: Enrolment,
): DumpTarget {
  const { dump, warnings } = transformDump(target.dump, transform, {
    tenantId: into.tenantId,
    secretPointers: target.secretPointers,
    sourceNames: namesOnlyOf(from, into),
  });
  const clients = new Map(Object.entries(transform?.ids.clients ?? {}));
  const leaveOutClient = into.name === from.name ? undefined : (clients.get(from.clientId) ?? from.clientId);
  return { ...target, dump, warnings, leaveOutClient };
}

/** Names an entry of the transform that matches nothing only if it matches nothing in any part. */
function withUnmatchedOnce(targets: readonly PartTarget[]): PartTarget[] {
  const warnings = unmatchedInAll(
    targets.map((target) => {
      if (target.part !== 'hub') return target.warnings ?? [];
      return target.desired.kind === 'backup' ? target.desired.warnings : [];
    }),
  );
  return targets.map((target, index): PartTarget => {
    const told = warnings[index] ?? [];
    if (target.part !== 'hub') return { ...target, warnings: told };
    const { desired } = target;
    return desired.kind === 'backup' ? { ...target, desired: { ...desired, warnings: told } } : target;
  });
}

/** Opens the tree of a backup, and transforms it for the target tenant.
 * @throws the errors of opening and of `transformTree` */
async function openSource(
  { opened }: ChosenBackup,
  request: RestoreRequest,
  enrolment: Enrolment,
  target: Enrolment,
): Promise<Source> {
  const { document: tree, secretPointers } = await openDocument(opened);
  const warning = extentWarning(opened.manifest);
  const known = warning === null ? [] : [warning];
  const isElsewhere = target.name !== enrolment.name;
  if (!isElsewhere && request.transform === undefined) {
    return { tree, secretPointers, leaveOut: [], warnings: known };
  }
  const made = transformTree(tree, request.transform ?? parseTransform({}), {
    secretPointers,
    sourceNames: namesOnlyOf(enrolment, target),
  });
  return {
    tree: made.tree,
    secretPointers: made.secretPointers,
    leaveOut: isElsewhere ? ownClientObjects(made.tree, enrolment.clientId, shapeOf(made.tree)) : [],
    warnings: [...known, ...made.warnings],
  };
}

/** Opens a part of a backup that is a dump.
 * @throws the errors of opening */
async function openDump({ opened }: ChosenBackup, part: DumpTarget['part']): Promise<DumpSource> {
  const { document, secretPointers } = await openDocument(opened, part);
  if (isObject(document)) return { dump: document, secretPointers };
  throw new TenantBackupError('PART_MALFORMED', `the part ${part} must be a dump`, { part });
}

/** Lists the names of one tenant that another one does not have. */
const namesOnlyOf = (from: Enrolment, into: Enrolment): string[] => {
  const here = new Set(namesOf(into));
  return namesOf(from).filter((name) => !here.has(name));
};

const namesOf = ({ tenantId, origin }: Enrolment): string[] => [tenantId, new URL(origin).host];

/** Prepares a patch of a tenant. The operation applies it to the export under the lock, then writes and verifies the difference
 * like a restore.
 * @throws INVALID_REQUEST, NOT_ENROLLED */
export async function preparePatch(request: PatchRequest, tools: RestoreTools): Promise<Operation> {
  const { tenant, mode, send, onFailure, includeOwnClient, prune } = request;
  const { patch, requestedBy = null, operationId = tools.randomUuid(), ...told } = request;
  parsePatch(patch);
  const { document: _, ...described } = patch;
  const enrolment = await tools.enrolments.get(tenant);
  const target: HubTarget = {
    part: 'hub',
    desired: { kind: 'patched', patch },
    mode,
    send,
    prune: prune ?? true,
    credentials: 'restore',
    ownClientId: includeOwnClient ? undefined : enrolment.clientId,
    added: null,
  };
  return {
    operationId,
    operation: 'patch',
    tenant,
    enrolment,
    mode,
    onFailure,
    requestedBy,
    // The patch itself may hold secrets.
    request: { ...told, patch: described },
    backup: null,
    targets: [target],
    otherParts: [],
    plan: null,
  };
}

/** Requires a selection to name its part: its meaning must not depend on the content of the backup. */
function refuseUnnamed(
  { selection, parts }: RestoreRequest | DumpRestoreRequest,
  meant: readonly TenantPart[],
): void {
  if (selection === undefined || parts !== undefined || meant.includes('hub')) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `a selection needs parts ${JSON.stringify(meant)}: the backup has no hub`,
    { parts: meant },
  );
}

const addedByOther = async (
  { prune }: Pick<RestoreRequest, 'prune'>,
  into: string,
  tools: RestoreTools,
): Promise<AddedBy | null> =>
  typeof prune === 'object' && 'createdBy' in prune ? addedBy(into, prune.createdBy, tools) : null;

/** Objects that an operation added, or was about to add, by part: JSON Pointers in the tree, keys in dumps. */
export type AddedBy = Readonly<Record<TenantPart, ReadonlySet<string>>>;

/** Looks up what an operation has added.
 * @throws OPERATION_NOT_FOUND */
export async function addedBy(
  tenant: string,
  operationId: string,
  { ledger }: Pick<RestoreTools, 'ledger'>,
): Promise<AddedBy> {
  const found = await ledger.read('operations', tenant, operationId);
  const record = found && parseOperationRecord(found.document, tenant, operationId);
  if (record === null) {
    throw new TenantBackupError(
      'OPERATION_NOT_FOUND',
      `prune.createdBy: the ledger has no operation ${operationId} on tenant "${tenant}"`,
      { tenant },
    );
  }
  const { creates = [], createsBeside } = record;
  return {
    hub: new Set(creates),
    system: new Set(createsBeside?.system),
    identity: new Set(createsBeside?.identity),
  };
}

/** Returns what the record says of credentials, if the backup has none. */
const keptOf = ({ limits }: Pick<Manifest, 'limits'>): { credentials?: 'keep' } =>
  limits?.credentials === false ? { credentials: 'keep' } : {};

/** Returns the request without secrets, for the record. */
function withoutSecrets({
  requestedBy: _,
  operationId: _id,
  transform,
  ...request
}: RestoreRequest | DumpRestoreRequest): Operation['request'] {
  if (transform === undefined) return request;
  const { credentialValues: __, ...told } = transform;
  return { ...request, transform: told };
}
