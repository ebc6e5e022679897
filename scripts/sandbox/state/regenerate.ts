import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { filterMembers, isJsonObject, type Json, type JsonObject, memberOf } from '../json.ts';
import type { ObjectKind, Regenerated } from './model.ts';
import { timestamp } from './stamp.ts';

/** Methods of authentication at the token endpoint that need a client secret. */
const SECRET_METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'unspecified', ''];

/** 32 random bytes: 43 characters, above the 32 that a client secret must have. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');

/** Generates the credentials that SecureAuth generates for an object without them. Others stay blank.
 * @param at stamped on new keys
 */
export function regenerate(kind: ObjectKind, value: JsonObject, at: Date): JsonObject {
  let result = value;
  for (const { path, regenerated } of kind.credentials ?? []) {
    const [member] = path;
    if (regenerated === undefined || member === undefined || !isBlank(memberOf(value, member))) continue;
    const made = generate(regenerated, value, at);
    if (made !== undefined) result = { ...filterMembers(result, (name) => name !== member), [member]: made };
  }
  return result;
}

/** Missing, null, empty, or made of nothing but blanks and zeros, as the redacted forms are. */
export function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true;
  if (Array.isArray(value)) return value.every(isBlank);
  return isJsonObject(value) && Object.values(value).every(isBlank);
}

function generate(what: Regenerated, owner: JsonObject, at: Date): Json | undefined {
  switch (what) {
    case 'random':
      return randomSecret();
    case 'client-secret':
      return needsSecret(owner) ? randomSecret() : undefined;
    case 'server-keys':
      return newServerKeys(memberOf(owner, 'key_type'), at);
  }
}

function needsSecret(client: JsonObject): boolean {
  const method = memberOf(client, 'token_endpoint_auth_method') ?? '';
  return (
    typeof method === 'string' &&
    SECRET_METHODS.includes(method) &&
    isBlank(memberOf(client, 'hashed_secret'))
  );
}

/** A key set with one fresh signing key: RSA where the workspace asks for it, P-256 otherwise. */
export const newServerKeys = (keyType: Json | undefined, at: Date): JsonObject => ({
  keys: [keyType === 'rsa' || keyType === 'ps' ? newRsaKey(keyType, at) : newEllipticKey(at)],
  next_signing_key: null,
  next_encryption_key: null,
  revoked_signing_keys: null,
  revoked_encryption_keys: null,
  rotated_keys_limit: 0,
  revoked_keys_limit: 0,
});

function newEllipticKey(at: Date): JsonObject {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return asSigningKey(privateKey.export({ format: 'jwk' }) as JsonObject, 'ES256', at);
}

function newRsaKey(keyType: 'rsa' | 'ps', at: Date): JsonObject {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return asSigningKey(
    privateKey.export({ format: 'jwk' }) as JsonObject,
    keyType === 'ps' ? 'PS256' : 'RS256',
    at,
  );
}

const asSigningKey = (key: JsonObject, alg: string, at: Date): JsonObject => ({
  ...key,
  kid: createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 40),
  use: 'sig',
  alg,
  created_at: timestamp(at),
});
