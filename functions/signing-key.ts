import { createPublicKey, type KeyObject } from 'node:crypto';
import { keyFingerprint } from './escrow-key.ts';

/** The public half of a signing key, which verifies a backup's signer and signs none. */
export interface SigningKey {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo in PEM. */
  readonly pem: string;
  /** SHA-256 of the SubjectPublicKeyInfo (DER), lower-case hexadecimal: the key's name in every manifest. */
  readonly fingerprint: string;
}

/** Reads the public half of a signing key.
 * @param pem `-----BEGIN PUBLIC KEY-----` (SubjectPublicKeyInfo, RFC 7468 section 13)
 * @returns the key, or the problem with the text as `must be ...`, which never quotes the text */
export function readSigningKey(pem: string): SigningKey | { readonly problem: string } {
  let key: KeyObject;
  try {
    if (!/^-----BEGIN PUBLIC KEY-----\s/.test(pem.trim())) throw new SyntaxError();
    key = createPublicKey(pem);
  } catch {
    return { problem: 'must be a public key in PEM (-----BEGIN PUBLIC KEY-----)' };
  }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  if (curve !== 'prime256v1') return { problem: `must be a key on the curve P-256, got ${curve}` };
  return {
    key,
    pem: key.export({ type: 'spki', format: 'pem' }) as string,
    fingerprint: keyFingerprint(key),
  };
}

/** Reads several signing keys.
 * @param json array of their PEMs
 * @returns the keys, or the problem with the text */
export function readSigningKeys(json: string): SigningKey[] | { readonly problem: string } {
  let pems: unknown;
  try {
    pems = JSON.parse(json);
  } catch {
    return { problem: 'must be a JSON array' };
  }
  if (!Array.isArray(pems)) return { problem: 'must be a JSON array' };
  const keys: SigningKey[] = [];
  for (const [index, pem] of pems.entries()) {
    const key = readSigningKey(String(pem));
    if ('problem' in key) return { problem: `[${index}] ${key.problem}` };
    keys.push(key);
  }
  return keys;
}
