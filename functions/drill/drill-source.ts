import type { JsonObject } from '../config/json/json-value.ts';
import type { Warning } from '../config/model/warning.ts';
import { dumpBesideHub } from '../config/transform/dump-beside-hub.ts';
import { transformTree } from '../config/transform/transform.ts';
import { parseTransform, type Transform } from '../config/transform/transform-schema.ts';
import type { DumpSource, DumpTarget, RestoreTools, Source } from '../restore/source/restore-plan.ts';
import { type BackupReference, openChosen } from '../state/open-backup.ts';
import { openDocument } from '../state/open-document.ts';
import { type Enrolment, placeOf } from '../tenant/enrolment/enrolment.ts';
import type { OpenedBackup } from '../vault/backup-archive.ts';
import { documentsIn } from '../vault/format/documents.ts';
import { isOfWorkspaces, needingMore } from './needing-more.ts';
import type { DrillSettings } from './settings.ts';
import { whyUndrillable } from './why-undrillable.ts';

/** The content of a backup, made ready for the scratch tenant. */
export interface DrillSource extends Source {
  readonly reference: BackupReference;
  /** What the part system adds to the tree; null if the backup lacks it, or the scratch tenant's enrolment does not name it. */
  readonly beside: (DumpSource & Pick<DumpTarget, 'isOwnType' | 'warnings'>) | null;
  /** What was transformed in its tree. */
  readonly transform: Omit<Transform, 'credentialValues'>;
  /** Parts of the backup that no drill restores. */
  readonly notDrilled: readonly string[];
}

/** Opens a tenant's newest backup and transforms it for the scratch tenant. The function may not read the tenant's own
 * enrolment: aliases name its keys, and the backup's manifest names its issuer.
 * @param scratch enrolment of the tenant to write to
 * @throws NO_BACKUP, the errors of `whyUndrillable`, of opening and of `transformTree` */
export async function openDrilled(
  tenant: string,
  scratch: Enrolment,
  { credentials }: Pick<DrillSettings, 'credentials'>,
  tools: RestoreTools,
): Promise<DrillSource> {
  const { reference, opened } = await openChosen({ tenant }, {}, tools);
  const { source, parts } = opened.manifest;
  const reason = whyUndrillable(tenant, opened.manifest, scratch);
  if (reason !== null) throw reason;
  const { document: tree, secretPointers } = await openDocument(opened);
  const transform = transformInto(tenant, source.issuer, scratch, credentials);
  const made = transformTree(tree, transform, { secretPointers });
  const beside = await openBeside(opened, scratch, transform);
  const leaveOut = isOfWorkspaces(tree) ? needingMore(made.tree) : [];
  const drilled = beside === null ? ['hub.'] : ['hub.', 'system.'];
  const { credentialValues: _, ...told } = transform;
  return {
    reference,
    transform: told,
    tree: made.tree,
    secretPointers: made.secretPointers,
    leaveOut,
    warnings: [...made.warnings.filter(isCertain), ...leftOutWarning(leaveOut)],
    beside,
    notDrilled: parts
      .map(({ name }) => name)
      .filter((name) => !drilled.some((document) => name.startsWith(document))),
  };
}

/** Opens what the part system adds to the tree, and transforms it for the scratch tenant. */
async function openBeside(
  opened: OpenedBackup,
  { parts, tenantId, keyRotation }: Enrolment,
  transform: Transform,
): Promise<DrillSource['beside']> {
  if (!documentsIn(opened.manifest).includes('system') || !parts.includes('system')) return null;
  const { document, secretPointers } = await openDocument(opened, 'system');
  const beside = dumpBesideHub(
    document as JsonObject,
    transform,
    tenantId,
    secretPointers,
    keyRotation === true,
  );
  return { ...beside, warnings: beside.warnings.filter(isCertain), secretPointers };
}

/** Names the objects of a backup of some workspaces that no empty tenant accepts. */
const leftOutWarning = (pointers: readonly string[]): Warning[] =>
  pointers.length === 0
    ? []
    : [
        {
          code: 'DEPENDENCY_MISSING',
          pointers,
          message: `${pointers.length} objects are left out, first ${pointers[0]}: they need what a backup of workspaces does not hold`,
        },
      ];

/** The entries of the transform are guesses. */
const isCertain = ({ code }: Warning): boolean => code !== 'TRANSFORM_UNMATCHED';

/** Replaces the names of the original tenant: the scratch tenant must not point to it. */
function transformInto(
  tenant: string,
  issuer: string,
  scratch: Enrolment,
  credentials: DrillSettings['credentials'],
) {
  const place = placeOf(issuer);
  const [from, to] = [URL.parse(issuer)?.host, new URL(scratch.origin).host];
  return parseTransform({
    tenant: {
      name: `Drill of ${tenant}`,
      ...(place !== null && { id: { from: place.tenantId, to: scratch.tenantId } }),
    },
    ...(from !== undefined && from !== to && { hosts: { [from]: to } }),
    credentials,
  });
}
