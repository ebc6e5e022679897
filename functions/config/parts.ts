/** The plain content of a backup's two parts, as documents. */
import { TenantBackupError } from '../errors.ts';
import type { Credentials } from './credentials.ts';
import { type Fingerprints, fingerprintCredentials, fingerprintKeyName } from './fingerprints.ts';
import { parseJson } from './json.ts';
import { isObject, type Json, type JsonObject } from './json-value.ts';

/** The content of the part `hub.config`. The part `hub.credentials` is the credentials by JSON Pointer. */
export interface ConfigPart {
  /** The export, with blanks in the places of its credentials. */
  readonly document: Json;
  /** Name of the key that the fingerprints are made with, see `fingerprintKeyName`. */
  readonly fingerprintKey: string;
  /** Tell whether a credential is another one, without being able to read it. */
  readonly fingerprints: Fingerprints;
}

/** @param fingerprintKey 32 bytes, the tenant's own */
export const configPart = (
  document: Json,
  credentials: Credentials,
  fingerprintKey: Uint8Array,
): ConfigPart => ({
  document,
  fingerprintKey: fingerprintKeyName(fingerprintKey),
  fingerprints: fingerprintCredentials(credentials, fingerprintKey),
});

/** Judge the bytes of a configuration part.
 * @throws PART_MALFORMED naming the member */
export function parseConfigPart(bytes: Uint8Array): ConfigPart {
  const value = parseObject('configuration part', bytes);
  const { document, fingerprintKey, fingerprints, ...others } = value;
  const isFingerprint = (text: Json | undefined): text is string =>
    typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
  if (!isObject(document)) throw malformed('document of the configuration part must be an object');
  if (!isFingerprint(fingerprintKey)) throw malformed('fingerprintKey must be 32 hexadecimal digits');
  if (!isObject(fingerprints)) throw malformed('fingerprints must be an object');
  const odd = Object.entries(fingerprints).find(([, fingerprint]) => !isFingerprint(fingerprint));
  if (odd) throw malformed(`fingerprint at ${odd[0]} must be 32 hexadecimal digits`);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw malformed(`unknown member "${unknown}" of the configuration part`);
  return { document, fingerprintKey, fingerprints: fingerprints as Fingerprints };
}

/** Judge the bytes of a credentials part.
 * @throws PART_MALFORMED */
export const parseCredentialsPart = (bytes: Uint8Array): Credentials =>
  parseObject('credentials part', bytes);

function parseObject(what: string, bytes: Uint8Array): JsonObject {
  let value: Json;
  try {
    value = parseJson(bytes);
  } catch {
    // Without the cause: it may quote the part.
    throw malformed(`${what} must be JSON`);
  }
  if (!isObject(value)) throw malformed(`${what} must be a JSON object`);
  return value;
}

const malformed = (message: string) => new TenantBackupError('PART_MALFORMED', message);
