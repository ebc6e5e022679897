import { isObject } from '../../config/json/json-value.ts';
import { ownClientObjects } from '../../config/model/own-objects.ts';
import { shapeOf } from '../../config/model/shape.ts';
import { parseTransform, transformTree } from '../../config/transform/transform.ts';
import { TenantBackupError } from '../../errors.ts';
import { incompleteBackup } from '../../plan/incomplete-backup.ts';
import { chooseBackup } from '../../state/choose-backup.ts';
import { openVersion } from '../../state/open-backup.ts';
import { openWithPointers } from '../../state/open-document.ts';
import type { Enrolment } from '../../tenant/enrolment/enrolment.ts';
import type { OpenedBackup } from '../../vault/backup-archive.ts';
import { trustedKeysOf } from '../../vault/keys/key-registry.ts';
import type { BackupReference } from '../record/operation.ts';
import type { RestoreRequest } from './request.ts';
import type { DumpSource, DumpTarget, RestoreTools, Source } from './restore-plan.ts';

/** A backup that was chosen, with its parts still sealed. */
export interface ChosenBackup {
  readonly reference: BackupReference;
  readonly opened: OpenedBackup;
}

/** Choose the backup and check it from outside.
 * @param enrolment of the tenant that it is of, as far as it is known: it may name keys
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, and the errors of `openVersion` */
export async function openChosen(
  request: Pick<RestoreRequest, 'tenant' | 'tier' | 'versionId' | 'asOf'>,
  enrolment: Pick<Enrolment, 'keys'>,
  tools: RestoreTools,
): Promise<ChosenBackup> {
  const version = await chooseBackup(request, tools);
  const trusted = trustedKeysOf(await tools.keyRegistry.list(), version.tenant, enrolment.keys);
  const opened = await openVersion(version, trusted, tools);
  const reference: BackupReference = {
    tenant: version.tenant,
    tier: version.tier,
    versionId: version.versionId,
    backupId: opened.manifest.backupId,
    storedAt: version.storedAt.toISOString(),
  };
  return { reference, opened };
}

/** Open the tree of a backup, and make of it what the target should be.
 * @throws the errors of opening and of `transformTree` */
export async function openSource(
  { opened }: ChosenBackup,
  request: RestoreRequest,
  enrolment: Enrolment,
  target: Enrolment,
): Promise<Source> {
  const { tree, secretPointers } = await openWithPointers(opened);
  const incomplete = incompleteBackup(opened.manifest);
  const known = incomplete === null ? [] : [incomplete];
  const isElsewhere = target.name !== enrolment.name;
  if (!isElsewhere && request.transform === undefined) {
    return { tree, secretPointers, leaveOut: [], warnings: known };
  }
  const here = new Set(namesOf(target));
  const made = transformTree(tree, request.transform ?? parseTransform({}), {
    secretPointers,
    sourceNames: namesOf(enrolment).filter((name) => !here.has(name)),
  });
  return {
    tree: made.tree,
    secretPointers: made.secretPointers,
    leaveOut: isElsewhere ? ownClientObjects(made.tree, enrolment.clientId, shapeOf(made.tree)) : [],
    warnings: [...known, ...made.warnings],
  };
}

/** Open a part of a backup that is a dump.
 * @throws the errors of opening */
export async function openDump({ opened }: ChosenBackup, part: DumpTarget['part']): Promise<DumpSource> {
  const { tree, secretPointers } = await openWithPointers(opened, part);
  if (isObject(tree)) return { dump: tree, secretPointers };
  throw new TenantBackupError('PART_MALFORMED', `the part ${part} must be a dump`, { part });
}

const namesOf = ({ tenantId, origin }: Enrolment): string[] => [tenantId, new URL(origin).host];
