import { openVersion } from '../../../functions/state/open-backup.ts';
import type { OpenedBackup } from '../../../functions/vault/backup-archive.ts';
import { trustedKeysOf } from '../../../functions/vault/keys/key-registry.ts';
import { createSealer } from '../../../functions/vault/keys/sealer.client.ts';
import type { VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import type { KeyTools } from './key-tools.ts';
import type { VaultTools } from './vault-tools.ts';

/** Far above any export: one archive at a time, on the caller's machine. */
export const MAX_EXPORT_BYTES = 1024 ** 3;

/** Opens a backup of the vault with the caller's permissions; needs `s3:GetObjectVersion`, `kms:GetPublicKey` and `kms:Decrypt`.
 * @throws the errors of `openVersion` */
export async function openAsCaller(
  version: VaultVersion,
  { vault }: Pick<VaultTools, 'vault'>,
  { deployment, registry, trustedSigners }: KeyTools,
): Promise<OpenedBackup> {
  const opener = createSealer(deployment.kms).opener(trustedKeysOf(await registry.list(), version.tenant));
  return openVersion(version, opener, { vault, trustedSigners, maxExportBytes: MAX_EXPORT_BYTES });
}
