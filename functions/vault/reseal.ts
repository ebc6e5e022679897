import { TenantBackupError } from '../errors.ts';
import {
  type OpenedBackup,
  openBackup,
  type SealedBackup,
  type SealingTools,
  sealBackup,
} from './backup-archive.ts';
import { type KeysByPurpose, purposeOf } from './format/key-purpose.ts';
import { type Manifest, toInstant } from './format/manifest.ts';
import type { Opener } from './format/opener.ts';
import { trustSigners } from './format/signature.ts';
import type { VaultVersion } from './storage/vault.client.ts';

/** What a backup is sealed anew with. */
export interface ResealOptions {
  /** The version that the backup was read from. */
  readonly version: VaultVersion;
  /** The newest version of the same key now, which the new one will follow. */
  readonly newest: Pick<VaultVersion, 'versionId' | 'etag'>;
  /** Keys, or aliases of them, to seal under; the escrow recipient is the sealer's. */
  readonly keys: KeysByPurpose;
  readonly sealing: SealingTools;
  /** Who opens the new archive, to prove it. */
  readonly newOpener: Opener;
  readonly softwareVersion: string;
}

/** Seals the content of a backup for other recipients: as a further version, which says what it was sealed from. Opens the
 * result again and compares it.
 * @throws the errors of `OpenedBackup.open`, `openBackup` and `sealBackup`
 * @throws DEFECT if the new archive does not hold the same content */
export async function resealBackup(old: OpenedBackup, options: ResealOptions): Promise<SealedBackup> {
  const { version, newest, keys, sealing, newOpener, softwareVersion } = options;
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
  const expected = {
    tenant: version.tenant,
    signers: trustSigners([await sealing.signer.publicKey()]),
    maxPartBytes: Number.POSITIVE_INFINITY,
  };
  const reopened = await openBackup(sealed.bytes, expected, newOpener);
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
