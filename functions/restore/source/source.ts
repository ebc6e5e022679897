import { isObject } from '../../config/json/json-value.ts';
import { ownClientObjects } from '../../config/model/own-objects.ts';
import { shapeOf } from '../../config/model/shape.ts';
import { parseTransform, transformTree } from '../../config/transform/transform.ts';
import { TenantBackupError } from '../../errors.ts';
import { incompleteBackup } from '../../plan/incomplete-backup.ts';
import type { ChosenBackup } from '../../state/open-backup.ts';
import { openDocument } from '../../state/open-document.ts';
import type { Enrolment } from '../../tenant/enrolment/enrolment.ts';
import type { RestoreRequest } from './request.ts';
import type { DumpSource, DumpTarget, Source } from './restore-plan.ts';

/** Open the tree of a backup, and make of it what the target should be.
 * @throws the errors of opening and of `transformTree` */
export async function openSource(
  { opened }: ChosenBackup,
  request: RestoreRequest,
  enrolment: Enrolment,
  target: Enrolment,
): Promise<Source> {
  const { document: tree, secretPointers } = await openDocument(opened);
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
  const { document, secretPointers } = await openDocument(opened, part);
  if (isObject(document)) return { dump: document, secretPointers };
  throw new TenantBackupError('PART_MALFORMED', `the part ${part} must be a dump`, { part });
}

const namesOf = ({ tenantId, origin }: Enrolment): string[] => [tenantId, new URL(origin).host];
