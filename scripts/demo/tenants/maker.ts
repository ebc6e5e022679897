import { createHash, generateKeyPairSync } from 'node:crypto';
import type { JsonObject } from '../../sandbox/json.ts';

/** Marks every credential of the demonstration, so that a search can prove that none leaked. */
export const CANARY_MARKER = 'canary-';

/**
 * Makes the ids, secrets, times and keys of one tenant. Everything but the keys and the order of calls is
 * determined by the tenant's id: two makers of one tenant give the same values.
 */
export class Maker {
  readonly tenantId: string;
  /** The company's domain, reserved for examples (RFC 2606). */
  readonly domain: string;
  readonly #random: () => number;
  #secrets = 0;
  #at = Date.UTC(2025, 1, 3, 8, 30);

  constructor(tenantId: string) {
    this.tenantId = tenantId;
    this.domain = `${tenantId}.example`;
    this.#random = seeded(createHash('sha256').update(tenantId).digest().readUInt32LE());
  }

  /** A credential: the marker, the tenant, a counter, and enough random characters to be longer than 32. */
  secret(): string {
    this.#secrets += 1;
    const counter = String(this.#secrets).padStart(4, '0');
    return `${CANARY_MARKER}${this.tenantId}-${counter}-${this.id(24)}`;
  }

  /** Lower-case hexadecimal, like the ids that SecureAuth assigns. */
  id(length = 32): string {
    return Array.from({ length }, () => Math.floor(this.#random() * 16).toString(16)).join('');
  }

  /** A later time with every call, with a fraction of a second as SecureAuth prints it. */
  time(): string {
    this.#at += Math.floor(this.#random() * 86_400_000);
    const fraction = String(Math.floor(this.#random() * 1_000_000))
      .padStart(6, '0')
      .replace(/0+$/, '');
    return new Date(this.#at).toISOString().replace(/\.\d+Z$/, fraction ? `.${fraction}Z` : 'Z');
  }

  url(host: string, path = '/'): string {
    return `https://${host}.${this.domain}${path}`;
  }

  /** Key set of a workspace or tenant: the signing key, the next one, and one that was revoked. */
  keySet(keyType: 'ecdsa' | 'rsa'): JsonObject {
    const make = (): JsonObject => (keyType === 'rsa' ? this.#rsaKey() : this.#ellipticKey());
    return {
      keys: [{ ...make(), promoted_at: this.time() }],
      next_signing_key: make(),
      next_encryption_key: null,
      revoked_signing_keys: keyType === 'rsa' ? [] : [{ ...make(), revoked_at: this.time() }],
      revoked_encryption_keys: null,
      rotated_keys_limit: 1,
      revoked_keys_limit: 3,
    };
  }

  /** Public key set of a client that authenticates by signed assertions. */
  publicKeySet(): JsonObject {
    const { d, created_at, ...key } = this.#ellipticKey();
    return { keys: [key] };
  }

  /** Private key in PEM. The line above it is allowed as explanation (RFC 7468 section 2) and carries the marker. */
  privateKeyPem(): string {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return `${this.secret()}\n${privateKey.export({ format: 'pem', type: 'pkcs8' })}`;
  }

  #ellipticKey(): JsonObject {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { ...(privateKey.export({ format: 'jwk' }) as JsonObject), ...this.#keyFacts('ES256') };
  }

  #rsaKey(): JsonObject {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return { ...(privateKey.export({ format: 'jwk' }) as JsonObject), ...this.#keyFacts('RS256') };
  }

  #keyFacts(alg: string): JsonObject {
    return { kid: this.id(40), use: 'sig', alg, created_at: this.time() };
  }
}

/** mulberry32: a small, well-spread generator of numbers from 0 up to 1. Not for secrets that guard anything. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
