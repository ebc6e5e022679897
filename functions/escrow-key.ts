import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** Smallest RSA modulus of an escrow key. NIST rates it at 128 bits of security, which backups need for decades.
 * @see https://doi.org/10.6028/NIST.SP.800-57pt1r5 table 2 */
export const MIN_ESCROW_KEY_BITS = 3072;

/** The public half of an escrow key, which seals backups and opens none. */
export interface EscrowPublicKey {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo in PEM. */
  readonly pem: string;
  /** SHA-256 of the SubjectPublicKeyInfo (DER), lower-case hexadecimal: the key's name in every backup. */
  readonly fingerprint: string;
}

/** Reads an escrow public key.
 * @param pem `-----BEGIN PUBLIC KEY-----` (SubjectPublicKeyInfo, RFC 7468 section 13)
 * @returns the key, or the problem with the text as `must be ...`. The problem never quotes the text, which may be a
 *   misplaced private key */
export function readEscrowPublicKey(pem: string): EscrowPublicKey | { readonly problem: string } {
  if (/PRIVATE KEY/.test(pem))
    return { problem: 'must be the public key, got a private key: keep that one offline' };
  let key: KeyObject;
  try {
    if (!/^-----BEGIN PUBLIC KEY-----\s/.test(pem.trim())) throw new SyntaxError();
    key = createPublicKey(pem);
  } catch {
    return { problem: 'must be an RSA public key in PEM (-----BEGIN PUBLIC KEY-----)' };
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa') return { problem: `must be an RSA key, got ${key.asymmetricKeyType}` };
  if (bits < MIN_ESCROW_KEY_BITS) {
    return { problem: `must be an RSA key of at least ${MIN_ESCROW_KEY_BITS} bits, got ${bits}` };
  }
  return {
    key,
    pem: key.export({ type: 'spki', format: 'pem' }) as string,
    fingerprint: keyFingerprint(key),
  };
}

/** Returns the SHA-256 of a public key's SubjectPublicKeyInfo.
 * @param publicKey the public key, or a private key, whose public half is hashed */
export function keyFingerprint(publicKey: KeyObject): string {
  const half = publicKey.type === 'private' ? createPublicKey(publicKey) : publicKey;
  return createHash('sha256')
    .update(half.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
