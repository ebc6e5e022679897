import { TENANT_PARTS, type TenantPart } from '../tenant/enrolment/enrolment-schema.ts';
import { type BackupTarget, type BackupTools, type TakenBackup, takeBackup } from './take-backup.ts';

/** Takes the backup that an operation makes before it writes: of the parts that it writes to, and of all that the enrolment
 * names.
 * @param restored parts that the operation is about to write to
 * @returns with the states of these parts
 * @throws the errors of `takeBackup` */
export function takeSafetyBackup(
  target: Omit<BackupTarget, 'tier'>,
  restored: ReadonlySet<TenantPart>,
  tools: BackupTools,
): Promise<TakenBackup> {
  const { workspaces, ...enrolment } = target.enrolment;
  return takeBackup(
    {
      ...target,
      tier: 'safety',
      enrolment: {
        ...enrolment,
        parts: TENANT_PARTS.filter((part) => enrolment.parts.includes(part) || restored.has(part)),
        // An import of a dump reaches beyond the workspaces that an enrolment lists: save all that it may overwrite.
        ...(workspaces && !restored.has('system') && { workspaces }),
        // Save the tenant as it is: a lost secret may be the very reason for the restore.
        blankClientSecrets: 'accept',
      },
    },
    // The operation does not write to the other parts.
    { mayLack: ({ part }) => !restored.has(part), keep: restored },
    tools,
  );
}
