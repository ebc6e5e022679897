/** Recognises what looks like a credential: the last fence, for fields that neither SecureAuth's redaction nor the
 * table knows. A false match is harmless, because it is sealed with the credentials; a missed credential is not. */
import type { Json, JsonContainer, JsonObject } from '../json/json.ts';
import { isContainer } from '../json/json.ts';

const PRIVATE_KEY_BLOCK = /-----BEGIN [A-Z0-9 ]{0,64}PRIVATE KEY( BLOCK)?-----/;
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
 * not. A trailing `value` counts with the word before it (`api_key_value`). */
const SENSITIVE_NAME =
  /(^|_)(password|passwd|passphrase|passcode|secret|token|salt|credentials?|(api|access|private|signing|secret|shared|encryption|auth|hmac|master|account)_?key)s?(_(value|hash))?$/;

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
  // Cheap tests first: most strings of an export are short and plain.
  if (value.includes('PRIVATE KEY') && PRIVATE_KEY_BLOCK.test(value)) return true;
  return value.includes('://') && value.includes('@') && hasUrlWithPassword(value);
}

/** Matches a user name, possibly empty, a password and the sign that ends both. */
const USER_INFO = /[^/?#\s:@]*:[^/?#\s@]+@/y;

/** Tells whether a text holds a URL with user name and password. The search around one `://` stops before the next
 * one, so that it reads each character at most twice. */
function hasUrlWithPassword(text: string): boolean {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    USER_INFO.lastIndex = at + 3;
    if (endsScheme(text, at) && USER_INFO.test(text)) return true;
  }
  return false;
}

/** Tells whether a URL's scheme ends at an index. Any letter before the index can be its first. */
function endsScheme(text: string, end: number): boolean {
  let at = end - 1;
  while (at >= 0 && '0123456789+.-'.includes(text.charAt(at))) at--;
  return /[a-z]/i.test(text.charAt(at));
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
