import { createHmac } from 'node:crypto';
import { canonicalJson } from '../json/canonical-json.ts';
import type { Json } from '../json/json.ts';
import type { Credentials } from './credentials.ts';

/** Keyed fingerprints by the JSON Pointer of the credential's place: 32 lower-case hexadecimal digits each. */
export type Fingerprints = Readonly<Record<string, string>>;

/** Half of SHA-256's output: too long to meet another credential's by chance, short enough to lie beside each one. */
const FINGERPRINT_BYTES = 16;

/** Begins unlike the message of any fingerprint. */
const KEY_MESSAGE = 'tenant-backup fingerprint key';

/** Fingerprints credentials, so that two backups of one tenant can be compared without either being able to tell what
 * the credentials are: without the key a guess cannot be tried. The place is part of it, so that equal credentials at
 * two places do not show as equal.
 * @param key 32 bytes, the tenant's own
 * @param placeOf what the place is called, where pointers name different places in different exports
 * @see https://www.rfc-editor.org/rfc/rfc2104 */
export function fingerprintCredentials(
  credentials: Credentials,
  key: Uint8Array,
  placeOf?: (pointer: string) => string,
): Fingerprints {
  const fingerprint = fingerprinter(key);
  const entries = Object.entries(credentials).map(([pointer, value]): [string, string] => [
    pointer,
    fingerprint(placeOf?.(pointer) ?? pointer, value),
  ]);
  return Object.fromEntries(entries);
}

/** The same for one credential after the other.
 * @returns the fingerprint of a value at a place */
export function fingerprinter(key: Uint8Array): (place: string, value: Json) => string {
  const authenticate = authenticator(key);
  // As a JSON member is written, so that no two pairs of place and value have the same text.
  return (place, value) => authenticate(`${JSON.stringify(place)}:${canonicalJson(value)}`);
}

/** The name of a fingerprint key. Fingerprints under two keys differ whether or not the credentials do: they must not be
 * compared. */
export const fingerprintKeyName = (key: Uint8Array): string => authenticator(key)(KEY_MESSAGE);

/** HMAC-SHA-256, of which fingerprints are the first half. */
const authenticator =
  (key: Uint8Array) =>
  (message: string): string =>
    createHmac('sha256', key)
      .update(message)
      .digest('hex')
      .slice(0, 2 * FINGERPRINT_BYTES);
