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

/** What resealing a backup needs. */
export interface ResealOptions {
  /** The version of the backup. */
  readonly version: VaultVersion;
  /** Whether a person uploaded it: then S3 knows no time of its content, and the export's counts. */
  readonly isUploaded: boolean;
  /** The newest version of the same key now, which the new one follows. */
  readonly newest: Pick<VaultVersion, 'versionId' | 'etag'>;
  /** Keys, or aliases of them, that seal the new archive; the sealer adds the escrow recipient. */
  readonly keys: KeysByPurpose;
  readonly sealing: SealingTools;
  /** Opens the new archive, to verify it. */
  readonly newOpener: Opener;
  readonly softwareVersion: string;
}

/** Seals the content of a backup for other recipients. The result is a further version, which names its source. It is
 * opened and compared before it is returned.
 * @throws the errors of `OpenedBackup.open`, `openBackup` and `sealBackup`
 * @throws DEFECT if the new archive does not hold the same content */
export async function resealBackup(old: OpenedBackup, options: ResealOptions): Promise<SealedBackup> {
  const { version, isUploaded, newest, keys, sealing, newOpener, softwareVersion } = options;
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
      resealed: originOf(old.manifest, version, isUploaded),
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
      throw new TenantBackupError('DEFECT', `${name} differs after resealing`, {
        part: name,
      });
    }
    plain.fill(0);
  }
  return sealed;
}

/** Names the source of the content. After a second resealing, that is still the backup of the tenant. */
const originOf = (
  { resealed, exportedAt }: Manifest,
  { versionId, etag, storedAt }: VaultVersion,
  isUploaded: boolean,
): Manifest['resealed'] =>
  resealed ?? { versionId, etag, storedAt: isUploaded ? exportedAt : toInstant(storedAt) };
