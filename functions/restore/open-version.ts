import type { Clients } from '../runtime/clients.ts';
import { type OpenedBackup, openBackup } from '../vault/backup-archive.ts';
import type { EnrolledKeys } from '../vault/key-purpose.ts';
import { trustedKeysOf } from '../vault/key-registry.ts';
import type { VaultVersion } from '../vault/vault.client.ts';

/** Escapes and spacing may differ from the export's, so that its own limit is not quite the limit of a part. */
const PART_PER_EXPORT = 2;

export type OpeningTools = Pick<
  Clients,
  'vault' | 'sealer' | 'trustedSigners' | 'keyRegistry' | 'maxExportBytes'
>;

/** Read and check one backup, sealed under any backup key that there is for its tenant: also the ones that sealed before the
 * default, or the enrolment, named others. Its parts are opened on request.
 * @param enrolledKeys keys that the tenant's enrolment names
 * @throws VERSION_NOT_FOUND, BACKUP_TOO_LARGE and the errors of `openBackup` */
export async function openArchive(
  version: VaultVersion,
  enrolledKeys: EnrolledKeys | undefined,
  { vault, sealer, trustedSigners, keyRegistry, maxExportBytes }: OpeningTools,
): Promise<OpenedBackup> {
  const maxPartBytes = maxExportBytes * PART_PER_EXPORT;
  return openBackup(
    await vault.get(version, { maxBytes: maxPartBytes }),
    { tenant: version.tenant, signers: trustedSigners, maxPartBytes },
    sealer.opener(trustedKeysOf(await keyRegistry.list(), version.tenant, enrolledKeys)),
  );
}
