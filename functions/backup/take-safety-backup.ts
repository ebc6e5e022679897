import { TENANT_PARTS, type TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import {
  type BackupTarget,
  type BackupTools,
  type ExportedBackup,
  exportBackup,
  sealExport,
  storeBackup,
  type TakenBackup,
} from './take-backup.ts';

/** What a safety backup is made of. Holds secrets. */
export interface SafetyExport {
  readonly target: BackupTarget;
  /** With the states of the parts that the operation writes to. */
  readonly exported: ExportedBackup;
}

/** Takes the backup that an operation makes before it writes.
 * @throws the errors of `exportForSafety` and `storeSafetyBackup` */
export const takeSafetyBackup = async (
  target: Omit<BackupTarget, 'tier'>,
  restored: ReadonlySet<TenantPart>,
  tools: BackupTools,
): Promise<TakenBackup> => storeSafetyBackup(await exportForSafety(target, restored, tools), tools);

/** Exports the parts that an operation writes to, and all that the enrolment names.
 * @param restored parts that the operation is about to write to
 * @throws the errors of `exportBackup` */
export async function exportForSafety(
  { enrolment: { workspaces, ...enrolment }, ...about }: Omit<BackupTarget, 'tier'>,
  restored: ReadonlySet<TenantPart>,
  tools: BackupTools,
): Promise<SafetyExport> {
  const target: BackupTarget = {
    ...about,
    tier: 'safety',
    enrolment: {
      ...enrolment,
      parts: TENANT_PARTS.filter((part) => enrolment.parts.includes(part) || restored.has(part)),
      // An import of a dump reaches beyond the workspaces that an enrolment lists: save all that it may overwrite.
      ...(workspaces && !restored.has('system') && { workspaces }),
      // Save the tenant as it is: a lost secret may be the very reason for the restore.
      blankClientSecrets: 'accept',
    },
  };
  const fingerprintKey = await tools.fingerprintKeys.derive(target.tenant);
  // The operation does not write to the other parts.
  const options = { mayLack: ({ part }: { part: TenantPart }) => !restored.has(part), keep: restored };
  return { target, exported: await exportBackup(target, options, fingerprintKey, tools) };
}

/** Seals, signs and puts a safety backup.
 * @throws the errors of `sealExport` and `storeBackup` */
export const storeSafetyBackup = async (
  { target, exported }: SafetyExport,
  tools: BackupTools,
): Promise<TakenBackup> => storeBackup(target, await sealExport(target, exported, tools), tools);
