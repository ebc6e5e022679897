/**
 * JSON without loss. An export is opaque: what SecureAuth wrote must come back the same in meaning, including numbers
 * that a double cannot hold, members called `__proto__`, and nesting that overflows the native functions.
 */
import { isUtf8 } from 'node:buffer';
import { TenantBackupError } from '../errors.ts';
import { isPlainJson, scanJson } from './json-scan.ts';
import { stringifyDeep } from './json-stringify.ts';
import {
  isContainer,
  type Json,
  type JsonContainer,
  type JsonObject,
  rawJSON,
  setMember,
} from './json-value.ts';

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

/** Deepest nesting accepted. Go's `encoding/json`, in which SecureAuth reads and writes its documents, refuses more.
 * @see https://go.dev/src/encoding/json/scanner.go (`maxNestingDepth`) */
export const MAX_DEPTH = 10_000;

/** Parse JSON without loss. Of members with equal names the last one counts, as in `JSON.parse`: SecureAuth's encoder
 * writes none.
 * @param source UTF-8 bytes or text; a leading byte order mark is skipped
 * @param maxDepth deepest nesting of arrays and objects
 * @returns the value; numbers that a double cannot hold are `RawNumber`s, which `stringifyJson` writes as they were
 * @throws EXPORT_INCOMPLETE if the text ends before the value does
 * @throws EXPORT_MALFORMED if it is not UTF-8, not JSON, or nested deeper than allowed */
export function parseJson(source: string | Uint8Array, maxDepth = MAX_DEPTH): Json {
  const text = decode(source);
  if (typeof source !== 'string' && isPlainJson(source, maxDepth)) return parse(text, false);
  const scan = scanJson(text);
  if (scan.depth > maxDepth) {
    throw new TenantBackupError(
      'EXPORT_MALFORMED',
      `json must be nested at most ${maxDepth} deep, got ${scan.depth}`,
      { depth: scan.depth, maxDepth },
    );
  }
  if (scan.inexactNumbers.length === 0) return parse(text, scan.open);
  for (let attempt = 0; ; attempt++) {
    const marker = `number-${attempt}:`;
    const value = parse(markNumbers(text, scan.inexactNumbers, marker), scan.open);
    // A string of the document may start like the marker: then there are more hits than numbers, so take another one.
    const places = findMarked(value, marker);
    if (places.length > scan.inexactNumbers.length) continue;
    let root = value;
    for (const { parent, key, text } of places) {
      const raw = rawJSON(text);
      if (parent === undefined) root = raw;
      else setMember(parent as Record<string, Json>, key, raw);
    }
    return root;
  }
}

/** Parse JSON of which `isPlainJson` is true, and that is known to be UTF-8 without byte order mark.
 * @throws EXPORT_MALFORMED */
export const parsePlainJson = (bytes: Uint8Array): Json => parse(textOf(bytes), false);

/** The JSON text of a value: compact, members in their order, raw numbers as they were read. Mirror of `parseJson`. */
export function stringifyJson(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // The native function recurses; some thousand levels are too much for it.
    if (error instanceof RangeError && /call stack/i.test(error.message)) return stringifyDeep(value);
    throw error;
  }
}

function decode(source: string | Uint8Array): string {
  if (typeof source === 'string') return source.startsWith('\uFEFF') ? source.slice(1) : source;
  if (!isUtf8(source)) {
    throw new TenantBackupError('EXPORT_MALFORMED', `json of ${source.byteLength} bytes is not utf-8`, {
      sizeBytes: source.byteLength,
    });
  }
  const text = textOf(source);
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

function parse(text: string, open: boolean): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The native message quotes the document, which may be a secret: neither it nor the cause may leave this place.
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d{1,10})/.exec(message)?.[1];
    const atEnd = /end of JSON input|Unterminated/.test(message) || Number(position) >= text.trimEnd().length;
    const facts = { sizeCharacters: text.length };
    if (open && atEnd) {
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

function markNumbers(text: string, numbers: readonly (readonly [number, number])[], marker: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const [start, end] of numbers) {
    pieces.push(text.slice(from, start), `"${marker}${text.slice(start, end)}"`);
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

interface Place {
  readonly parent: JsonContainer | undefined;
  readonly key: string;
  readonly text: string;
}

function findMarked(root: Json, marker: string): Place[] {
  const places: Place[] = [];
  const look = (value: Json, parent: JsonContainer | undefined, key: string): void => {
    if (typeof value === 'string' && value.startsWith(marker)) {
      places.push({ parent, key, text: value.slice(marker.length) });
    } else if (isContainer(value)) stack.push(value);
  };
  const stack: JsonContainer[] = [];
  look(root, undefined, '');
  for (let container = stack.pop(); container !== undefined; container = stack.pop()) {
    for (const key of Object.keys(container)) look((container as JsonObject)[key] as Json, container, key);
  }
  return places;
}
