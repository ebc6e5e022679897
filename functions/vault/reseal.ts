import { TenantBackupError } from '../errors.ts';
import { openBackup, type SealedBackup, type SealingTools, sealBackup } from './backup-archive.ts';
import { type KeysByPurpose, purposeOf } from './format/key-purpose.ts';
import { type Manifest, toInstant } from './format/manifest.ts';
import type { Opener } from './format/opener.ts';
import { type TrustedSigners, trustSigners } from './format/signature.ts';
import type { VaultVersion } from './storage/vault.client.ts';

/** What a backup is sealed anew with. */
export interface ResealOptions {
  /** The version that the archive was read from. */
  readonly version: VaultVersion;
  /** The newest version of the same key now, which the new one will follow. */
  readonly newest: Pick<VaultVersion, 'versionId' | 'etag'>;
  /** Who opens the archive as it is. */
  readonly opener: Opener;
  /** Keys, or aliases of them, to seal under; the escrow recipient is the sealer's. */
  readonly keys: KeysByPurpose;
  readonly sealing: SealingTools;
  /** Who may have signed the archive as it is. */
  readonly signers: TrustedSigners;
  /** Who opens the new archive, to prove it. */
  readonly newOpener: Opener;
  readonly softwareVersion: string;
  readonly maxPartBytes: number;
}

/** Open a backup and seal the same content for other recipients: as a further version, which says what it was sealed from.
 * The result is opened again and compared before it is returned.
 * @throws the errors of `openBackup` and `sealBackup`
 * @throws DEFECT if the new archive does not hold the same content */
export async function resealBackup(bytes: Uint8Array, options: ResealOptions): Promise<SealedBackup> {
  const { version, newest, opener, keys, sealing, newOpener, softwareVersion, maxPartBytes } = options;
  const expected = { tenant: version.tenant, maxPartBytes };
  const old = await openBackup(bytes, { ...expected, signers: options.signers }, opener);
  const { format: _format, formatVersion: _version, signedBy: _signedBy, parts, ...facts } = old.manifest;
  const plainParts = [];
  for (const { name } of parts) {
    plainParts.push({ name, plain: await old.open(name), keyArn: keys[purposeOf(name)] });
  }
  const sealed = await sealBackup(
    {
      ...facts,
      tier: version.tier,
      software: { name: 'tenant-backup', version: softwareVersion },
      previous: { versionId: newest.versionId, etag: newest.etag },
      resealed: originOf(old.manifest, version),
    },
    plainParts,
    sealing,
  );
  const signers = trustSigners([await sealing.signer.publicKey()]);
  const reopened = await openBackup(sealed.bytes, { ...expected, signers }, newOpener);
  for (const { name, plain } of plainParts) {
    if (!plain.equals(await reopened.open(name))) {
      throw new TenantBackupError('DEFECT', `${name} is not the same after it was sealed anew`, {
        part: name,
      });
    }
    plain.fill(0);
  }
  return sealed;
}

/** Where the content comes from: sealed anew twice, still from the backup that was taken. */
const originOf = (manifest: Manifest, { versionId, etag, storedAt }: VaultVersion): Manifest['resealed'] =>
  manifest.resealed ?? { versionId, etag, storedAt: toInstant(storedAt) };
