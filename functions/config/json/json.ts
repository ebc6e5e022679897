/**
 * JSON without loss. An export is opaque: what SecureAuth wrote must come back the same in meaning, including numbers
 * that a double cannot hold and members called `__proto__`.
 */
import { isUtf8 } from 'node:buffer';
import { TenantBackupError } from '../../errors.ts';
import { isInexact } from './decimal.ts';
import { type Json, type JsonObject, parseWithSource, rawJSON } from './json-value.ts';

export {
  isContainer,
  isObject,
  isRawNumber,
  type Json,
  type JsonContainer,
  type JsonObject,
  member,
  type RawNumber,
  setMember,
} from './json-value.ts';

/** Deepest nesting accepted. No export comes near it, and recursion to this depth is safe. */
export const MAX_DEPTH = 512;

/** Parses JSON without loss. It accepts what `JSON.parse` accepts and returns the same, except for numbers. Of
 * members with equal names the last one counts.
 * @param source UTF-8 bytes or text; a leading byte order mark is skipped
 * @param maxDepth deepest nesting of arrays and objects
 * @returns the value; numbers that a double cannot hold are `RawNumber`s, which `stringifyJson` writes as they were
 * @throws EXPORT_INCOMPLETE if the text ends before the value does
 * @throws EXPORT_MALFORMED if it is not UTF-8, not JSON, or nested deeper than allowed */
export function parseJson(source: string | Uint8Array, maxDepth = MAX_DEPTH): Json {
  const text = decode(source);
  const value = parse(text);
  requireDepth(value, maxDepth);
  if (!MAY_BE_INEXACT.test(text)) return value;
  return parseWithSource(text, (_, inner, { source: digits }) =>
    typeof inner === 'number' && digits !== undefined && isInexact(digits) ? rawJSON(digits) : inner,
  );
}

/** Matches how a number begins that a double may change: 16 digits, an exponent, minus zero. A match inside a text
 * only costs time. */
const MAY_BE_INEXACT = /(?<=^|[[:,\s])(?:-0|-?\d(?:[.\d]{15}|[.\d]{0,14}[eE]))/;

/** Writes a value as JSON: compact, members in order, raw numbers as they were read. Mirror of `parseJson`. */
export const stringifyJson = (value: Json): string => JSON.stringify(value);

function requireDepth(value: Json, maxDepth: number, levelsLeft = maxDepth): void {
  if (typeof value !== 'object' || value === null) return;
  if (levelsLeft === 0) {
    throw new TenantBackupError('EXPORT_MALFORMED', `json must be nested at most ${maxDepth} deep`, {
      maxDepth,
    });
  }
  for (const inner of Object.values<Json>(value as JsonObject)) requireDepth(inner, maxDepth, levelsLeft - 1);
}

function decode(source: string | Uint8Array): string {
  if (typeof source === 'string') return source.startsWith('\uFEFF') ? source.slice(1) : source;
  if (!isUtf8(source)) {
    throw new TenantBackupError('EXPORT_MALFORMED', `json of ${source.byteLength} bytes is not utf-8`, {
      sizeBytes: source.byteLength,
    });
  }
  const text = Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The native message quotes the document, which may hold a secret: drop the message and the cause.
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d{1,10})/.exec(message)?.[1];
    const end = text.trimEnd().length;
    const facts = { sizeCharacters: text.length };
    if (end > 0 && (message.includes('end of JSON input') || Number(position) >= end)) {
      throw new TenantBackupError(
        'EXPORT_INCOMPLETE',
        `json ends early, after ${text.length} characters`,
        facts,
      );
    }
    const where = position === undefined ? `within ${text.length} characters` : `at character ${position}`;
    throw new TenantBackupError('EXPORT_MALFORMED', `not json: mistake ${where}`, facts);
  }
}
