import { planChanges } from '../config/change-set.ts';
import { compareTrees } from '../config/compare.ts';
import type { Json } from '../config/json-value.ts';
import { TIERS } from '../runtime/names.ts';
import { openChosen } from '../vault/open-chosen.ts';
import type { VaultVersion } from '../vault/vault.client.ts';
import { addedBy } from './added-by.ts';
import { judgeChanges } from './judge-changes.ts';
import { openVersion } from './open-version.ts';
import type { RestoreRequest } from './request.ts';
import type { RestoreTools, Work } from './work.ts';

/** Choose the backup, open and check it, and get ready to write to the tenant. Nothing is written here.
 * @throws NOT_ENROLLED, NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of opening
 * @throws OPERATION_NOT_FOUND if the operation that is to be undone is not known */
export async function prepareRestore(request: RestoreRequest, tools: RestoreTools): Promise<Work> {
  const { tenant, mode, dryRun, send, onFailure, selection, credentials, includeOwnClient, prune } = request;
  const operationId = tools.randomUuid();
  const enrolment = await tools.enrolments.get(tenant);
  const versions = await listVersions(request, tools);
  const { version, manifest, tree, secretPointers } = await openChosen(versions, request, (each) =>
    openVersion(each, enrolment.keys, tools),
  );
  const added =
    typeof prune === 'object' && 'createdBy' in prune ? await addedBy(tenant, prune.createdBy, tools) : null;
  const { hub } = tools.connect(enrolment, dryRun ? 'read' : 'manage', operationId);
  const { requestedBy = null, ...told } = request;
  return {
    operationId,
    operation: 'restore',
    tenant,
    enrolment,
    hub,
    mode,
    send,
    onFailure,
    requestedBy,
    request: told,
    backup: {
      tenant: version.tenant,
      tier: version.tier,
      versionId: version.versionId,
      backupId: manifest.backupId,
      storedAt: version.storedAt.toISOString(),
    },
    plan: (live) =>
      planChanges(tree, live, {
        mode,
        selection,
        credentials,
        prune: prune !== false,
        ownClientId: includeOwnClient ? undefined : enrolment.clientId,
        secretPointers,
        leaveOut: added === null ? [] : extrasBut(added, tree, live),
      }),
    judge: (changes) => judgeChanges(changes, prune),
  };
}

const listVersions = async (
  { tenant, tier }: RestoreRequest,
  { vault }: RestoreTools,
): Promise<VaultVersion[]> =>
  (await Promise.all((tier ? [tier] : TIERS).map((each) => vault.listVersions(each, tenant)))).flat();

/** What the tenant has besides the backup, without what an operation has added. */
const extrasBut = (added: ReadonlySet<string>, desired: Json, live: Json): string[] =>
  compareTrees(desired, live)
    .differences.filter(({ kind, pointer }) => kind === 'extra' && !added.has(pointer))
    .map(({ pointer }) => pointer);
