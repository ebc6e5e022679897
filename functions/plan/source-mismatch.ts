/** A name may be enrolled anew, and then with another tenant than its backups are of. */
import type { Warning } from '../config/model/warning.ts';
import { TenantBackupError } from '../errors.ts';
import { type Enrolment, isIssuerOf, issuerOf } from '../tenant/enrolment/enrolment.ts';
import type { Manifest } from '../vault/format/manifest.ts';

type Taken = Pick<Manifest, 'backupId' | 'source'>;

/** Whether a backup is of the very tenant that the enrolment is of, as far as issuers tell: a vanity domain that came later
 * looks like another tenant, too.
 * @returns null if it is */
export const sourceMismatch = (backup: Taken, enrolment: Enrolment): Warning | null =>
  isIssuerOf(backup.source.issuer, enrolment)
    ? null
    : { code: 'SOURCE_MISMATCH', message: messageOf(backup, enrolment), pointers: [] };

/** Refuse to write a backup of one tenant over another one that has its name.
 * @throws SOURCE_MISMATCH naming both issuers */
export function requireSameSource(backup: Taken, enrolment: Enrolment): void {
  if (isIssuerOf(backup.source.issuer, enrolment)) return;
  throw new TenantBackupError(
    'SOURCE_MISMATCH',
    `${messageOf(backup, enrolment)}: set allowOtherSource if they are the same tenant, or it is meant`,
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
