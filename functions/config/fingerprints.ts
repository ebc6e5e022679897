import { createHmac } from 'node:crypto';
import type { Credentials } from './credentials.ts';
import { stringifyJson } from './json.ts';

/** Keyed fingerprints by the JSON Pointer of the credential's place. */
export type Fingerprints = Readonly<Record<string, string>>;

/** Half of SHA-256's output: too long to meet another credential's by chance, short enough to lie beside each one. */
const FINGERPRINT_BYTES = 16;

/** Fingerprint credentials, so that two backups of one tenant can be compared without either being able to tell what
 * the credentials are: without the key a guess cannot be tried. The place is part of it, so that equal credentials at
 * two places do not show as equal.
 * @param key 32 bytes, the tenant's own
 * @returns 32 lower-case hexadecimal digits for each
 * @see https://www.rfc-editor.org/rfc/rfc2104 */
export function fingerprintCredentials(credentials: Credentials, key: Uint8Array): Fingerprints {
  const entries = Object.entries(credentials).map(([pointer, value]): [string, string] => {
    const hmac = createHmac('sha256', key).update(pointer).update('\0').update(stringifyJson(value));
    return [pointer, hmac.digest().subarray(0, FINGERPRINT_BYTES).toString('hex')];
  });
  return Object.fromEntries(entries);
}
