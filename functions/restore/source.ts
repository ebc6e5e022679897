import type { Warning } from '../config/change-types.ts';
import type { Json } from '../config/json-value.ts';
import { ownClientObjects } from '../config/own-objects.ts';
import { shapeOf } from '../config/shape.ts';
import { parseTransform, transformTree } from '../config/transform.ts';
import { TIERS } from '../runtime/names.ts';
import type { Enrolment } from '../tenant/enrolment.ts';
import { openChosen } from '../vault/open-chosen.ts';
import type { VaultVersion } from '../vault/vault.client.ts';
import { openVersion } from './open-version.ts';
import type { BackupReference } from './operation.ts';
import type { RestoreRequest } from './request.ts';
import type { RestoreTools } from './work.ts';

/** What is to be restored. */
export interface Source {
  readonly reference: BackupReference;
  /** The tree as it is to be in the tenant that it is restored into. Holds secrets. */
  readonly tree: Json;
  /** JSON Pointers of its credentials. */
  readonly secretPointers: readonly string[];
  /** JSON Pointers of what does not belong into another tenant: the client that backs up this one. */
  readonly leaveOut: readonly string[];
  readonly warnings: readonly Warning[];
}

/** Choose the backup, open and check it, and make of it what the target should be.
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of opening and of `transformTree` */
export async function openSource(
  request: RestoreRequest,
  enrolment: Enrolment,
  target: Enrolment,
  tools: RestoreTools,
): Promise<Source> {
  const versions = await listVersions(request, tools);
  const opened = await openChosen(versions, request, (each) => openVersion(each, enrolment.keys, tools));
  const { version, manifest, tree, secretPointers } = opened;
  const reference: BackupReference = {
    tenant: version.tenant,
    tier: version.tier,
    versionId: version.versionId,
    backupId: manifest.backupId,
    storedAt: version.storedAt.toISOString(),
  };
  const isElsewhere = target.name !== enrolment.name;
  if (!isElsewhere && request.transform === undefined) {
    return { reference, tree, secretPointers, leaveOut: [], warnings: [] };
  }
  const here = new Set(namesOf(target));
  const made = transformTree(tree, request.transform ?? parseTransform({}), {
    secretPointers,
    sourceNames: namesOf(enrolment).filter((name) => !here.has(name)),
  });
  return {
    reference,
    tree: made.tree,
    secretPointers: made.secretPointers,
    leaveOut: isElsewhere ? ownClientObjects(made.tree, enrolment.clientId, shapeOf(made.tree)) : [],
    warnings: made.warnings,
  };
}

const namesOf = ({ tenantId, origin }: Enrolment): string[] => [tenantId, new URL(origin).host];

const listVersions = async (
  { tenant, tier }: RestoreRequest,
  { vault }: RestoreTools,
): Promise<VaultVersion[]> =>
  (await Promise.all((tier ? [tier] : TIERS).map((each) => vault.listVersions(each, tenant)))).flat();
