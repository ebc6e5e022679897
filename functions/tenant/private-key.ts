import { createPrivateKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A private key as an enrolment holds it: PEM, or a JSON Web Key as an object or as its text. */
export type PrivateKeyInput = string | Readonly<Record<string, unknown>>;

/** @throws Error if it is no private key; its message may repeat what it was given */
export function readPrivateKey(input: PrivateKeyInput): KeyObject {
  const jwk = jwkOf(input);
  return jwk ? createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }) : createPrivateKey(String(input));
}

/** @returns the JSON Web Key; undefined for PEM
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

/** The blocks of a PEM text; what stands between them is comment.
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

/** Whether the key belongs to the first certificate. */
export function isMatchingKey(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(readPrivateKey(privateKey));
  } catch {
    return false;
  }
}

/** How a key signs assertions, unless somebody says otherwise.
 * @returns undefined if no such signature is known for the key
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-3.1 */
export function signatureAlgorithm(input: PrivateKeyInput): string | undefined {
  const alg = jwkOf(input)?.['alg'];
  if (typeof alg === 'string') return alg;
  const { asymmetricKeyType, asymmetricKeyDetails } = readPrivateKey(input);
  switch (asymmetricKeyType) {
    case 'rsa':
      return 'RS256';
    case 'rsa-pss':
      return 'PS256';
    case 'ed25519':
      return 'Ed25519';
    case 'ec':
      return CURVE_ALGORITHMS[asymmetricKeyDetails?.namedCurve ?? ''];
    default:
      return undefined;
  }
}

const CURVE_ALGORITHMS: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};
