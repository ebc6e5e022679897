/** Recognises what looks like a credential: the last fence, for fields that neither SecureAuth's redaction nor the
 * table knows. A false match is harmless, because it is sealed with the credentials; a missed credential is not. */
import type { Json, JsonContainer, JsonObject } from '../json/json.ts';
import { isContainer } from '../json/json.ts';
import { holdsSecret } from './secret-texts.ts';

export const PRIVATE_JWK_MEMBERS: ReadonlySet<string> = new Set([
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'k',
  'oth',
]);

/** The last word decides: `client_secret` matches, `client_secret_expires_at` and `token_endpoint_auth_method` do
 * not. A trailing form or number counts with the word before it (`api_key_value`, `password2`). */
const SENSITIVE_NAME =
  /(^|_)(password|passwd|pwd|pw|passphrase|passcode|pin|pin_code|secret|token|salt|credential|authorization|bearer|basic_auth|auth_header|connection_string|conn_str|dsn|mnemonic|service_account|(otp|totp|hotp|hmac)_seed|(db|smtp|user|client|ldap|bind|proxy|ftp|ssh)_pass|(api|access|private|signing|secret|shared|encryption|decryption|auth|hmac|master|account|ssh|tls|ssl|subscription|license|integration|storage|symmetric|app)_?key|skey)s?(_(value|hash|text|plain|plaintext|pem|json|base64|b64))?(_?v?\d{1,2})?$/;

/** Tells whether an object is a JWK, whose private members are credentials.
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-6 */
export const isJwk = (value: JsonContainer): boolean =>
  Object.hasOwn(value, 'kty') && typeof (value as JsonObject)['kty'] === 'string';

/** Tells whether a member looks like a credential: by its name, its text, or as a private member of a key.
 * @param name the member's own name; `undefined` if it is an id or a word of prose, not a field name
 * @param value a scalar or an array; callers check the members of objects one by one
 * @param inJwk whether the object around it is a JWK */
export function looksLikeCredential(name: string | undefined, value: Json, inJwk: boolean): boolean {
  if (isContainer(value)) {
    if (!Array.isArray(value) || value.length === 0) return false;
    if (inJwk && name === 'oth') return true;
    const sensitive = name !== undefined && isSensitiveName(name);
    return (
      sensitive && value.every((entry) => typeof entry === 'string') && value.some((entry) => entry !== '')
    );
  }
  if (typeof value !== 'string' || value === '') return false;
  if (name !== undefined && ((inJwk && PRIVATE_JWK_MEMBERS.has(name)) || isSensitiveName(name))) return true;
  return holdsSecret(value);
}

const verdicts = new Map<string, boolean>();
const MAX_VERDICTS = 10_000;

/** Tells whether a field name ends in a word for a credential, in any of the forms `api_key`, `apiKey`, `API-Key`. */
export function isSensitiveName(name: string): boolean {
  // Cached: an export repeats a few hundred names millions of times. Ids are not worth a place in the cache.
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  const verdict = SENSITIVE_NAME.test(words);
  if (verdicts.size < MAX_VERDICTS) verdicts.set(name, verdict);
  return verdict;
}
