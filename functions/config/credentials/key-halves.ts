/** Compares the private half of a JWK with its public half: an export may hide a key behind another one, or behind random
 * text, which no look at the text can tell. */
import { createECDH, createPrivateKey, createPublicKey, type ECDH } from 'node:crypto';
import { type JsonContainer, member } from '../json/json-value.ts';
import { PRIVATE_JWK_MEMBERS } from './lookalike.ts';

/** Curves that OpenSSL knows, and the length of a coordinate in bytes. */
const CURVES: ReadonlyMap<string, { readonly pair: ECDH; readonly bytes: number }> = new Map([
  ['P-256', { pair: createECDH('prime256v1'), bytes: 32 }],
  ['P-384', { pair: createECDH('secp384r1'), bytes: 48 }],
  ['P-521', { pair: createECDH('secp521r1'), bytes: 66 }],
  ['secp256k1', { pair: createECDH('secp256k1'), bytes: 32 }],
]);

/** Lengths of public keys in bytes. */
const OCTET_CURVES: ReadonlyMap<string, number> = new Map([
  ['Ed25519', 32],
  ['X25519', 32],
  ['Ed448', 57],
  ['X448', 56],
]);

const MIN_RSA_BYTES = 128;
/** Arithmetic with larger numbers would take more than its share of time. */
const MAX_RSA_BYTES = 2048;

/** Tells whether the private members of a JWK contradict its public ones. It says nothing of a key without private members,
 * and of one whose public half is no real key.
 * @param jwk see `isJwk`
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-6 */
export function hasForeignHalf(jwk: JsonContainer): boolean {
  const members = bytesOf(jwk);
  if (![...PRIVATE_JWK_MEMBERS].some((name) => members(name) !== undefined)) return false;
  switch (member(jwk, 'kty')) {
    case 'RSA':
      return isForeignRsa(members);
    case 'EC':
      return isForeignPoint(String(member(jwk, 'crv')), members);
    case 'OKP':
      return isForeignOctets(String(member(jwk, 'crv')), members);
    default:
      return false;
  }
}

type Members = (name: string) => Buffer | undefined;

/** Reads the members of a key. Placeholders have texts of their own: they are not base64url, and become bytes of no meaning. */
const bytesOf =
  (jwk: JsonContainer): Members =>
  (name) => {
    const value = member(jwk, name);
    return typeof value === 'string' && value !== '' ? Buffer.from(value, 'base64url') : undefined;
  };

/** Compares by the equations between the numbers, because OpenSSL imports numbers that do not fit. */
function isForeignRsa(members: Members): boolean {
  const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
  const [modulus, ...others] = names.map(members);
  if (modulus === undefined || modulus.byteLength < MIN_RSA_BYTES || modulus.byteLength > MAX_RSA_BYTES)
    return false;
  if (others.some((number) => number !== undefined && number.byteLength > modulus.byteLength)) return true;
  const [n, e, d, p, q, dp, dq, qi] = [modulus, ...others].map(numberOf);
  // A product of two primes is odd.
  if (n === undefined || e === undefined || n % 2n === 0n) return false;
  /** Tells whether a factor divides the modulus, and the exponents belong to it. */
  const fits = (factor: bigint | undefined, exponent: bigint | undefined): boolean => {
    if (factor === undefined) return true;
    if (factor < 3n || factor >= n || n % factor !== 0n) return false;
    const order = factor - 1n;
    return [d, exponent].every((each) => each === undefined || (each * e - 1n) % order === 0n);
  };
  if (!fits(p, dp) || !fits(q, dq) || (d !== undefined && (d < 3n || d >= n))) return true;
  return p !== undefined && q !== undefined && (p === q || (qi !== undefined && (qi * q - 1n) % p !== 0n));
}

const numberOf = (bytes: Buffer | undefined): bigint | undefined =>
  bytes === undefined ? undefined : BigInt(`0x0${bytes.toString('hex')}`);

function isForeignPoint(curve: string, members: Members): boolean {
  const known = CURVES.get(curve);
  const [x, y, d] = ['x', 'y', 'd'].map(members);
  if (known === undefined || x === undefined || y === undefined || d === undefined) return false;
  if (x.byteLength !== known.bytes || y.byteLength !== known.bytes) return false;
  try {
    known.pair.setPrivateKey(d);
    if (
      known.pair
        .getPublicKey()
        .subarray(1)
        .equals(Buffer.concat([x, y]))
    )
      return false;
  } catch {
    // The number is no private key of this curve.
  }
  return isPublicKey({ kty: 'EC', crv: curve, x: x.toString('base64url'), y: y.toString('base64url') });
}

function isForeignOctets(curve: string, members: Members): boolean {
  const [x, d] = ['x', 'd'].map(members);
  if (d === undefined || x === undefined || x.byteLength !== OCTET_CURVES.get(curve)) return false;
  const key = { kty: 'OKP', crv: curve, x: x.toString('base64url'), d: d.toString('base64url') };
  try {
    return createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' }).x !== key.x;
  } catch {
    return true;
  }
}

function isPublicKey(key: Record<string, string>): boolean {
  try {
    createPublicKey({ key, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}
