/** An enrolment may be replaced: its name then has backups of another tenant. */
import type { Warning } from '../config/model/warning.ts';
import { TenantBackupError } from '../errors.ts';
import { type Enrolment, isIssuerOf, issuerOf } from '../tenant/enrolment/enrolment.ts';
import type { Manifest } from '../vault/format/manifest.ts';

type Taken = Pick<Manifest, 'backupId' | 'source'>;

/** Warns if the issuer of a backup is not that of the enrolment: the backup may be of another tenant, or the tenant has a new
 * vanity domain.
 * @returns null if they match */
export const sourceMismatch = (backup: Taken, enrolment: Enrolment): Warning | null =>
  isIssuerOf(backup.source.issuer, enrolment)
    ? null
    : { code: 'SOURCE_MISMATCH', message: messageOf(backup, enrolment), pointers: [] };

/** Refuses to write a backup over another tenant of the same name.
 * @throws SOURCE_MISMATCH naming both issuers */
export function requireSameSource(backup: Taken, enrolment: Enrolment): void {
  if (isIssuerOf(backup.source.issuer, enrolment)) return;
  throw new TenantBackupError(
    'SOURCE_MISMATCH',
    `${messageOf(backup, enrolment)}: set allowOtherSource if this is intended`,
    {
      tenant: enrolment.name,
      backupId: backup.backupId,
      backupIssuer: backup.source.issuer,
      enrolledIssuer: issuerOf(enrolment),
    },
  );
}

const messageOf = ({ backupId, source }: Taken, enrolment: Enrolment): string =>
  `backup ${backupId} is of ${source.issuer}, and "${enrolment.name}" is enrolled as ${issuerOf(enrolment)}`;
