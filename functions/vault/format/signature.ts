/** The signature of a manifest. It proves which deployment made an archive: anybody can seal for a public escrow key, and
 * whoever may use a KMS key can seal under it. The manifest holds the digest of every part, so that it covers all of them. */
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

/** The keys that may have signed an archive. An archive cannot bring its own. */
export interface TrustedSigners {
  /** @returns the trusted key of this fingerprint, if there is one
   * @throws KEY_UNAVAILABLE, AWS_UNAVAILABLE if KMS does not tell the deployment's own */
  find(fingerprint: string): Promise<SigningKey | undefined>;
}

/** Trusts exactly these keys. */
export const trustSigners = (keys: readonly SigningKey[]): TrustedSigners => ({
  find: async (fingerprint) => keys.find((key) => key.fingerprint === fingerprint),
});

/** Trusts these keys and, only asked for if none of them is meant, the deployment's own.
 * @param own see `Signer.publicKey` */
export const trustOwnSigner = (
  own: () => Promise<SigningKey>,
  keys: readonly SigningKey[],
): TrustedSigners => ({
  find: async (fingerprint) =>
    keys.find((key) => key.fingerprint === fingerprint) ??
    (await trustSigners([await own()]).find(fingerprint)),
});

/** Checks who made an archive.
 * @throws SIGNER_UNTRUSTED if its manifest names a key that is not trusted
 * @throws SIGNATURE_INVALID if the signature is not that key's over this manifest */
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
