/** Verifies the signature of a manifest, which proves the deployment that made an archive. Anyone can seal for a
 * public escrow key, and every user of a KMS key can seal under it. The manifest holds the digests of all parts, so
 * that the signature covers them. */
import { verify } from 'node:crypto';
import { TenantBackupError } from '../../errors.ts';
import type { SigningKey } from '../../signing-key.ts';
import { type Manifest, serializeManifest } from './manifest.ts';

/** A manifest, and the signature over its bytes: ECDSA on P-256 with SHA-256, in DER.
 * @see https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 */
export interface SignedManifest {
  readonly manifest: Manifest;
  readonly signature: Uint8Array;
}

/** The keys that may have signed an archive. An archive cannot bring its own keys. */
export interface TrustedSigners {
  /** Returns the trusted key with this fingerprint, if there is one.
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE if KMS does not return the deployment's own key */
  find(fingerprint: string): Promise<SigningKey | undefined>;
}

/** Trusts exactly these keys. */
export const trustSigners = (keys: readonly SigningKey[]): TrustedSigners => ({
  find: async (fingerprint) => keys.find((key) => key.fingerprint === fingerprint),
});

/** Trusts these keys and the deployment's own, which it requests only if none of them matches.
 * @param own see `Signer.publicKey` */
export const trustOwnSigner = (
  own: () => Promise<SigningKey>,
  keys: readonly SigningKey[],
): TrustedSigners => ({
  find: async (fingerprint) =>
    keys.find((key) => key.fingerprint === fingerprint) ??
    (await trustSigners([await own()]).find(fingerprint)),
});

/** Verifies who made an archive.
 * @throws SIGNER_UNTRUSTED if its manifest names a key that is not trusted
 * @throws SIGNATURE_INVALID if that key did not sign this manifest */
export async function requireSignature(
  { manifest, signature }: SignedManifest,
  signers: TrustedSigners,
): Promise<void> {
  const { signedBy, tenant, backupId } = manifest;
  const signer = await signers.find(signedBy);
  if (!signer) {
    throw new TenantBackupError(
      'SIGNER_UNTRUSTED',
      `manifest.json must be signed by a trusted key, it names ${signedBy}`,
      { tenant, backupId, signedBy },
    );
  }
  const key = { key: signer.key, dsaEncoding: 'der' } as const;
  if (!verify('sha256', serializeManifest(manifest), key, signature)) {
    throw new TenantBackupError(
      'SIGNATURE_INVALID',
      `manifest.sig must be the signature of key ${signedBy} over manifest.json`,
      { tenant, backupId, signedBy },
    );
  }
}
