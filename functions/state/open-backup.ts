import type { Clients } from '../runtime/clients.ts';
import { type OpenedBackup, openBackup } from '../vault/backup-archive.ts';
import type { TrustedKeys } from '../vault/format/key-purpose.ts';
import type { VaultVersion } from '../vault/storage/vault.client.ts';

/** Escapes and spacing may differ from the export's, so that its own limit is not quite the limit of a part. */
const PART_PER_EXPORT = 2;

export interface OpeningTools {
  readonly vault: Pick<Clients['vault'], 'get'>;
  readonly sealer: Pick<Clients['sealer'], 'opener'>;
  readonly trustedSigners: Clients['trustedSigners'];
  readonly maxExportBytes: number;
}

/** Reads and checks one backup. Its parts are opened on request.
 * @param trusted keys that may have sealed it: see `trustedKeysOf`
 * @throws VERSION_NOT_FOUND, BACKUP_ARCHIVED, BACKUP_TOO_LARGE and the errors of `openBackup` */
export async function openVersion(
  version: Pick<VaultVersion, 'tier' | 'tenant' | 'versionId'>,
  trusted: TrustedKeys,
  { vault, sealer, trustedSigners, maxExportBytes }: OpeningTools,
): Promise<OpenedBackup> {
  const maxPartBytes = maxExportBytes * PART_PER_EXPORT;
  const bytes = await vault.get(version, { maxBytes: maxPartBytes });
  const expected = { tenant: version.tenant, signers: trustedSigners, maxPartBytes };
  return openBackup(bytes, expected, sealer.opener(trusted));
}
