import { createHmac, createSecretKey } from 'node:crypto';
import { canonicalJson } from '../json/canonical-json.ts';
import { isContainer, type Json, type JsonObject } from '../json/json.ts';
import { KEY_TIMES } from '../model/volatile.ts';
import { isJwk } from './lookalike.ts';

/** Keyed fingerprints by the JSON Pointer of the credential's place: 32 lower-case hexadecimal digits each. */
export type Fingerprints = Readonly<Record<string, string>>;

/** Half of SHA-256's output: long enough to avoid collisions, short enough to store beside each credential. */
const FINGERPRINT_BYTES = 16;

/** Begins unlike the message of any fingerprint. */
const KEY_MESSAGE = 'tenant-backup fingerprint key';

/** Tells whether a value has the form of a fingerprint. */
export const isFingerprint = (value: Json | undefined): value is string =>
  typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);

/** Fingerprints credentials, so that two backups of one tenant can be compared without their credentials. Without the
 * key, a guess cannot be tested. The fingerprint covers the place too, so that equal credentials at two places look
 * different. It leaves out the times of keys, which SecureAuth changes by itself.
 * @param credentials by JSON Pointer
 * @param key 32 bytes, the tenant's own
 * @param placeOf names the place, if pointers mean different places in different exports
 * @see https://www.rfc-editor.org/rfc/rfc2104 */
export function fingerprintCredentials(
  credentials: Readonly<Record<string, Json>>,
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

/** Makes a function that fingerprints one credential after the other.
 * @returns function that returns the fingerprint of a value at a place */
export function fingerprinter(key: Uint8Array): (place: string, value: Json) => string {
  const authenticate = authenticator(key);
  // Written like a JSON member, so that no two pairs of place and value have the same text.
  return (place, value) => authenticate(`${JSON.stringify(place)}:${canonicalJson(withoutKeyTimes(value))}`);
}

/** Removes the times from all keys in a value. A sealed value may be a whole key set. */
function withoutKeyTimes(value: Json): Json {
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.map(withoutKeyTimes);
  const isTime = isJwk(value) ? (name: string) => TIMES.has(name) : () => false;
  return Object.fromEntries(
    Object.entries<Json>(value as JsonObject).flatMap(([name, inner]) =>
      isTime(name) ? [] : [[name, withoutKeyTimes(inner)]],
    ),
  );
}

const TIMES: ReadonlySet<string> = new Set(KEY_TIMES);

/** Names a fingerprint key. Fingerprints under two keys always differ, and must not be compared. */
export const fingerprintKeyName = (key: Uint8Array): string => authenticator(key)(KEY_MESSAGE);

/** Returns HMAC-SHA-256, of which fingerprints are the first half. */
function authenticator(key: Uint8Array): (message: string) => string {
  // Node takes longer to import the key from bytes than to compute the HMAC.
  const secretKey = createSecretKey(key);
  return (message) =>
    createHmac('sha256', secretKey)
      .update(message)
      .digest('hex')
      .slice(0, 2 * FINGERPRINT_BYTES);
}
