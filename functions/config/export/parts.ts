/** Reads and writes the plain content of a backup's parts. */
import { TenantBackupError } from '../../errors.ts';
import type { Credentials } from '../credentials/credentials.ts';
import {
  type Fingerprints,
  fingerprinter,
  fingerprintKeyName,
  isFingerprint,
} from '../credentials/fingerprints.ts';
import { MAX_DEPTH, parseJson, stringifyJson } from '../json/json.ts';
import { parseInPieces } from '../json/json-pieces.ts';
import { isObject, type Json, type JsonObject } from '../json/json-value.ts';
import { PieceWriter } from '../json/piece-writer.ts';
import { isAmong, placesOf } from '../model/places.ts';

/** The content of the part `hub.config` or `system.config`. The part `.credentials` holds the credentials by JSON
 * Pointer. */
export interface ConfigPart {
  /** The export, with blanks in the places of its credentials. */
  readonly document: Json;
  /** Name of the key that the fingerprints are made with, see `fingerprintKeyName`. */
  readonly fingerprintKey: string;
  /** Tell whether a credential changed, without revealing it. */
  readonly fingerprints: Fingerprints;
}

/** Writes a configuration part.
 * @param document JSON of the export without its credentials, in pieces
 * @param fingerprintKey 32 bytes, the tenant's own
 * @param options.placeOf see `fingerprintCredentials`; only for dumps
 * @param options.hidden see `HiddenCredentials`
 * @returns JSON of a `ConfigPart`, in consecutive pieces */
export function writeConfigPart(
  document: readonly Uint8Array[],
  credentials: Credentials,
  fingerprintKey: Uint8Array,
  {
    placeOf,
    hidden = [],
  }: {
    readonly placeOf?: ((pointer: string) => string) | undefined;
    readonly hidden?: readonly string[];
  } = {},
): Uint8Array[] {
  const hiddenPlaces = placesOf(hidden);
  const fingerprint = fingerprinter(fingerprintKey);
  const rest = new PieceWriter();
  rest.write(`,"fingerprintKey":"${fingerprintKeyName(fingerprintKey)}","fingerprints":`);
  rest.open();
  for (const pointer of Object.keys(credentials)) {
    const value = credentials[pointer] as Json;
    // A placeholder is not a secret: plans and restores treat it as blank.
    if (isAmong(pointer, hiddenPlaces)) continue;
    const place = placeOf?.(pointer) ?? pointer;
    rest.writeMember(pointer, fingerprint(place, value));
  }
  rest.close();
  rest.write('}');
  return [Buffer.from('{"document":'), ...document, ...rest.end()];
}

/** Writes a credentials part. */
export const writeCredentialsPart = (credentials: Credentials): Uint8Array[] => [
  Buffer.from(stringifyJson(credentials)),
];

/** Validates the bytes of a configuration part. It reads workspaces one by one, so that the text of a large document
 * is never in memory as a whole.
 * @throws PART_MALFORMED naming the member */
export function parseConfigPart(bytes: Uint8Array): ConfigPart {
  const value = parseObject('configuration part', () =>
    parseInPieces(bytes, ['document', 'servers'], MAX_DEPTH + 1),
  );
  const { document, fingerprintKey, fingerprints, ...others } = value;
  if (!isObject(document)) throw malformed('document of the configuration part must be an object');
  if (!isFingerprint(fingerprintKey)) throw malformed('fingerprintKey must be 32 hexadecimal digits');
  if (!isObject(fingerprints)) throw malformed('fingerprints must be an object');
  const odd = Object.entries(fingerprints).find(([, fingerprint]) => !isFingerprint(fingerprint));
  if (odd) throw malformed(`fingerprint at ${odd[0]} must be 32 hexadecimal digits`);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw malformed(`unknown member "${unknown}" of the configuration part`);
  return { document, fingerprintKey, fingerprints: fingerprints as Fingerprints };
}

/** Validates the bytes of a credentials part.
 * @throws PART_MALFORMED */
export const parseCredentialsPart = (bytes: Uint8Array): Credentials =>
  parseObject('credentials part', () => parseJson(bytes));

function parseObject(what: string, parse: () => Json): JsonObject {
  const value = parsed(what, parse);
  if (!isObject(value)) throw malformed(`${what} must be a JSON object`);
  return value;
}

function parsed(what: string, parse: () => Json): Json {
  try {
    return parse();
  } catch {
    // Omit the cause: it may quote the part.
    throw malformed(`${what} must be JSON`);
  }
}

const malformed = (message: string) => new TenantBackupError('PART_MALFORMED', message);
