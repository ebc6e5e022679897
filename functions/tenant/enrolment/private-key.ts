import { createPrivateKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A private key in an enrolment: PEM, or a JSON Web Key as an object or as text. */
export type PrivateKeyInput = string | Readonly<Record<string, unknown>>;

/** Reads a private key.
 * @throws Error if it is not a private key; its message may repeat the input */
export function readPrivateKey(input: PrivateKeyInput): KeyObject {
  const jwk = jwkOf(input);
  return jwk ? createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }) : createPrivateKey(String(input));
}

/** Parses a JSON Web Key.
 * @returns undefined for PEM
 * @throws SyntaxError */
export function jwkOf(input: PrivateKeyInput): Readonly<Record<string, unknown>> | undefined {
  if (typeof input !== 'string') return input;
  return input.trimStart().startsWith('{') ? JSON.parse(input) : undefined;
}

export function isPrivateKey(input: PrivateKeyInput): boolean {
  try {
    return readPrivateKey(input).type === 'private';
  } catch {
    return false;
  }
}

/** Returns the blocks of a PEM text, without the comments between them.
 * @see https://www.rfc-editor.org/rfc/rfc7468 */
export const pemBlocks = (text: string): string[] =>
  text.match(/-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g) ?? [];

export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.byteLength > 0;
  } catch {
    return false;
  }
}

/** Tells whether the key belongs to the first certificate. */
export function isMatchingKey(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(readPrivateKey(privateKey));
  } catch {
    return false;
  }
}

/** Signature algorithms that both JSON Web Signatures and Web Cryptography define.
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-3.1
 * @see https://www.rfc-editor.org/rfc/rfc8037#section-3.1 */
export const SIGNATURE_ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  RS512: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
  PS512: { name: 'RSA-PSS', hash: 'SHA-512' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
  EdDSA: { name: 'Ed25519' },
} as const;
export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS;

/** Lists the algorithms that a key can sign with, the usual one first; empty for other keys. */
function algorithmsOf(input: PrivateKeyInput): readonly SignatureAlgorithm[] {
  const { asymmetricKeyType, asymmetricKeyDetails } = readPrivateKey(input);
  if (asymmetricKeyType === 'rsa') return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  if (asymmetricKeyType === 'ed25519') return ['EdDSA'];
  const ofCurve = asymmetricKeyType === 'ec' && CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  return ofCurve ? [ofCurve] : [];
}

const CURVES: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** Chooses the algorithm: the configured one, else the key's own, else the usual one.
 * @returns undefined if the key cannot sign with it */
export function signatureAlgorithm(
  input: PrivateKeyInput,
  told?: SignatureAlgorithm,
): SignatureAlgorithm | undefined {
  const possible = algorithmsOf(input);
  const wanted = told ?? jwkOf(input)?.['alg'] ?? possible[0];
  return possible.find((algorithm) => algorithm === wanted);
}
