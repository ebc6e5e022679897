import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import { canonicalJson } from './json-stringify.ts';

/** Keyed fingerprints by the JSON Pointer of the credential's place: 32 lower-case hexadecimal digits each. */
export type Fingerprints = Readonly<Record<string, string>>;

/** Half of SHA-256's output: too long to meet another credential's by chance, short enough to lie beside each one. */
const FINGERPRINT_BYTES = 16;

/** Begins unlike the message of any fingerprint. */
const KEY_MESSAGE = 'tenant-backup fingerprint key';

/** Fingerprint credentials, so that two backups of one tenant can be compared without either being able to tell what
 * the credentials are: without the key a guess cannot be tried. The place is part of it, so that equal credentials at
 * two places do not show as equal.
 * @param key 32 bytes, the tenant's own
 * @param placeOf what the place is called, where pointers name different places in different exports
 * @see https://www.rfc-editor.org/rfc/rfc2104 */
export function fingerprintCredentials(
  credentials: Credentials,
  key: Uint8Array,
  placeOf: (pointer: string) => string = (pointer) => pointer,
): Fingerprints {
  // Made once: from bytes, each HMAC would take ten times as long.
  const secretKey = createSecretKey(key);
  const entries = Object.entries(credentials).map(([pointer, value]): [string, string] => [
    pointer,
    // As a JSON member is written, so that no two pairs of pointer and value have the same text.
    authenticate(secretKey, `${JSON.stringify(placeOf(pointer))}:${canonicalJson(value)}`),
  ]);
  return Object.fromEntries(entries);
}

/** The name of a fingerprint key. Fingerprints under two keys differ whether or not the credentials do: they must not be
 * compared. */
export const fingerprintKeyName = (key: Uint8Array): string =>
  authenticate(createSecretKey(key), KEY_MESSAGE);

const authenticate = (key: KeyObject, message: string): string =>
  createHmac('sha256', key)
    .update(message)
    .digest('hex')
    .slice(0, 2 * FINGERPRINT_BYTES);
