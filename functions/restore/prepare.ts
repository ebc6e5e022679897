import { planChanges } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { DumpSelection } from '../config/dump-selection.ts';
import type { Json } from '../config/json-value.ts';
import { TenantBackupError } from '../errors.ts';
import { requireSameSource } from '../plan/source-mismatch.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import type { TenantPart } from '../tenant/enrolment-schema.ts';
import type { Tenant } from '../tenant/tenant.client.ts';
import { requestedDocuments } from '../vault/requested-documents.ts';
import { type AddedBy, addedBy } from './added-by.ts';
import { type DumpGuard, type DumpPartName, dumpPart } from './dump-part.ts';
import { type HubWork, hubPart } from './hub-part.ts';
import { judgeChanges, refuseUnlisted } from './judge-changes.ts';
import type { PartWork } from './part.ts';
import { refuseForDumps } from './part-request.ts';
import { type DumpRestoreRequest, isOfDumps, type RestoreRequest } from './request.ts';

import { type ChosenBackup, openChosen, openDump, openSource } from './source.ts';
import type { RestoreTools, Work } from './work.ts';

/** What a part is refused for besides. */
export interface Guards {
  readonly hub?: HubWork['refuse'] | undefined;
  readonly system?: DumpGuard | undefined;
}

/** Choose the backup, open and check it, and get ready to write to the tenant. Nothing is written here.
 * @throws NOT_ENROLLED, PART_ABSENT, and the errors of `openChosen`, `openSource` and `openDump`
 * @throws SOURCE_MISMATCH if the backup is of another tenant than the enrolment, and that is not said to be meant
 * @throws INVALID_REQUEST if the request cannot be of the parts that it means
 * @throws OPERATION_NOT_FOUND if the operation that is to be undone is not known */
export async function prepareRestore(
  request: RestoreRequest | DumpRestoreRequest,
  tools: RestoreTools,
  guards: Guards = {},
): Promise<Work> {
  const { tenant, into = tenant, mode, dryRun, onFailure } = request;
  const operationId = request.operationId ?? tools.randomUuid();
  const [from, enrolment] = await Promise.all([tools.enrolments.get(tenant), tools.enrolments.get(into)]);
  const chosen = await openChosen(request, from, tools);
  if (!request.allowOtherSource) requireSameSource(chosen.opened.manifest, from);
  const names = requestedDocuments(request.parts, chosen.opened.manifest);
  refuseForDumps(request, names);
  refuseUnnamed(request, names);
  const added = await addedByOther(request, into, tools);
  const apis = tools.connect(enrolment, dryRun ? 'read' : 'manage', operationId);
  const target: Target = { from, enrolment, apis, added };
  const parts: PartWork[] = [];
  for (const name of names) {
    if (name !== 'hub') parts.push(await prepareDump(name, request, chosen, target, guards));
    else if (!isOfDumps(request)) parts.push(await prepareHub(request, chosen, target, guards));
  }
  return {
    operationId,
    operation: 'restore',
    tenant: into,
    enrolment,
    apis,
    mode,
    onFailure,
    requestedBy: request.requestedBy ?? null,
    request: withoutSecrets(request),
    backup: chosen.reference,
    parts,
  };
}

/** What a backup is restored into. */
interface Target {
  readonly from: Enrolment;
  readonly enrolment: Enrolment;
  readonly apis: Tenant;
  /** What an operation has added, if nothing else is to be deleted. */
  readonly added: AddedBy | null;
}

async function prepareHub(
  request: RestoreRequest,
  chosen: ChosenBackup,
  { from, enrolment, apis, added }: Target,
  guards: Guards,
): Promise<PartWork> {
  const { mode, send, prune, selection, credentials, includeOwnClient } = request;
  const source = await openSource(chosen, request, from, enrolment);
  return hubPart({
    hub: apis.hub,
    mode,
    send,
    workspaces: enrolment.workspaces,
    plan: (live) => {
      const changes = planChanges(source.tree, live, {
        mode,
        selection,
        credentials,
        prune: prune !== false,
        ownClientId: includeOwnClient ? undefined : enrolment.clientId,
        secretPointers: source.secretPointers,
        acrossReleases: true,
        leaveOut: [...source.leaveOut, ...(added === null ? [] : extrasBut(added.hub, source.tree, live))],
      });
      return { ...changes, warnings: [...source.warnings, ...changes.warnings] };
    },
    refuse: (changes, live) => {
      guards.hub?.(changes, live);
      refuseUnlisted(changes, enrolment.workspaces);
    },
    judge: (changes) => judgeChanges(changes, prune),
  });
}

async function prepareDump(
  part: DumpPartName,
  request: RestoreRequest | DumpRestoreRequest,
  chosen: ChosenBackup,
  { enrolment, apis, added }: Target,
  guards: Guards,
): Promise<PartWork> {
  const { mode, credentials, includeOwnClient, selection } = request;
  return dumpPart({
    ...(await openDump(chosen, part)),
    part,
    apis,
    mode,
    credentials,
    // Of workspaces alone, where it is the hub's as well.
    selection: selection as DumpSelection | undefined,
    ownClientId: includeOwnClient ? undefined : enrolment.clientId,
    pruned: added?.[part] ?? new Set(),
    workspaces: enrolment.workspaces,
    guard: part === 'system' ? guards.system : undefined,
  });
}

/** What a selection means depends on the part: it must not depend on what the backup happens to hold. */
function refuseUnnamed(
  { selection, parts }: RestoreRequest | DumpRestoreRequest,
  meant: readonly TenantPart[],
): void {
  if (selection === undefined || parts !== undefined || meant.includes('hub')) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `parts must be ${JSON.stringify(meant)} beside a selection: the backup has no hub`,
    { parts: meant },
  );
}

const addedByOther = async (
  { prune }: Pick<RestoreRequest, 'prune'>,
  into: string,
  tools: RestoreTools,
): Promise<AddedBy | null> =>
  typeof prune === 'object' && 'createdBy' in prune ? addedBy(into, prune.createdBy, tools) : null;

/** What the tenant has besides the backup, without what an operation has added. */
const extrasBut = (added: ReadonlySet<string>, desired: Json, live: Json): string[] =>
  compareTrees(desired, live)
    .differences.filter(({ kind, pointer }) => kind === 'extra' && !added.has(pointer))
    .map(({ pointer }) => pointer);

/** The request as it may be written down. */
function withoutSecrets({
  requestedBy: _,
  operationId: _id,
  transform,
  ...request
}: RestoreRequest | DumpRestoreRequest): Work['request'] {
  if (transform === undefined) return request;
  const { credentialValues: __, ...told } = transform;
  return { ...request, transform: told };
}
