import { type ChangeSet, planChanges } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import { addedBy } from './added-by.ts';
import { judgeChanges, refuseUnlisted } from './judge-changes.ts';
import type { RestoreRequest } from './request.ts';
import { openSource } from './source.ts';
import type { RestoreTools, Work } from './work.ts';

/** A further judgement, before anything is written. */
export type Guard = (changes: ChangeSet, live: Json) => void;

/** Choose the backup, open and check it, and get ready to write to the tenant. Nothing is written here.
 * @throws NOT_ENROLLED and the errors of `openSource`
 * @throws OPERATION_NOT_FOUND if the operation that is to be undone is not known */
export async function prepareRestore(
  request: RestoreRequest,
  tools: RestoreTools,
  guard: Guard = () => {},
): Promise<Work> {
  const { tenant, into = tenant, mode, dryRun, send, onFailure, includeOwnClient, prune } = request;
  const operationId = tools.randomUuid();
  const [from, enrolment] = await Promise.all([tools.enrolments.get(tenant), tools.enrolments.get(into)]);
  const source = await openSource(request, from, enrolment, tools);
  const added = await addedByOther(request, into, tools);
  const apis = tools.connect(enrolment, dryRun ? 'read' : 'manage', operationId);
  return {
    operationId,
    operation: 'restore',
    tenant: into,
    enrolment,
    apis,
    hub: apis.hub,
    mode,
    send,
    onFailure,
    requestedBy: request.requestedBy ?? null,
    request: withoutSecrets(request),
    backup: source.reference,
    plan: (live) => {
      const changes = planChanges(source.tree, live, {
        mode,
        selection: request.selection,
        credentials: request.credentials,
        prune: prune !== false,
        ownClientId: includeOwnClient ? undefined : enrolment.clientId,
        secretPointers: source.secretPointers,
        leaveOut: [...source.leaveOut, ...(added === null ? [] : extrasBut(added, source.tree, live))],
      });
      return { ...changes, warnings: [...source.warnings, ...changes.warnings] };
    },
    judge: (changes, live) => {
      guard(changes, live);
      refuseUnlisted(changes, enrolment.workspaces);
      judgeChanges(changes, prune);
    },
  };
}

const addedByOther = async (
  { prune }: RestoreRequest,
  into: string,
  tools: RestoreTools,
): Promise<ReadonlySet<string> | null> =>
  typeof prune === 'object' && 'createdBy' in prune ? addedBy(into, prune.createdBy, tools) : null;

/** What the tenant has besides the backup, without what an operation has added. */
const extrasBut = (added: ReadonlySet<string>, desired: Json, live: Json): string[] =>
  compareTrees(desired, live)
    .differences.filter(({ kind, pointer }) => kind === 'extra' && !added.has(pointer))
    .map(({ pointer }) => pointer);

/** The request as it may be written down. */
function withoutSecrets({ requestedBy: _, transform, ...request }: RestoreRequest): Work['request'] {
  if (transform === undefined) return request;
  const { credentialValues: __, ...told } = transform;
  return { ...request, transform: told };
}
