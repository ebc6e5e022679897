/** A large JSON document in pieces, so that it need not be in memory as a whole: the members of one object somewhere inside
 * it, and all the rest. */
import { scanContainer } from './json-scan.ts';

export interface JsonPieces {
  /** The document with that object empty. */
  readonly shell: Uint8Array;
  /** The members of that object by name, in their order: views of the document's bytes. */
  readonly members: ReadonlyMap<string, Uint8Array>;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Cut a document at the object under `path`. What is inside the pieces is not judged.
 * @param bytes UTF-8
 * @param path names of members, from the root down
 * @returns null if there is no such object, a name on the way stands twice, or anything around the pieces is not as it should
 *   be: then the document has to be read as a whole, which tells what is wrong */
export function jsonPieces(bytes: Uint8Array, path: readonly string[]): JsonPieces | null {
  let object = membersOf(bytes, skipSpace(bytes, 0));
  if (object === null || skipSpace(bytes, object.end) !== bytes.byteLength) return null;
  for (const name of path) {
    const range: Range | undefined = object.ranges.get(name);
    object = range === undefined ? null : membersOf(bytes, range.from);
    if (object === null) return null;
  }
  const members = new Map<string, Uint8Array>();
  for (const [name, range] of object.ranges) members.set(name, bytes.subarray(range.from, range.to));
  const shell = Buffer.concat([
    bytes.subarray(0, object.start),
    Buffer.from('{}'),
    bytes.subarray(object.end),
  ]);
  return { shell, members };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface ObjectRange {
  readonly start: number;
  readonly end: number;
  /** Values of its members, by name. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/** The members of the object that begins at `start`. */
function membersOf(bytes: Uint8Array, start: number): ObjectRange | null {
  if (bytes[start] !== OPEN_OBJECT) return null;
  const ranges = new Map<string, Range>();
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_OBJECT) return { start, end: at + 1, ranges };
  for (;;) {
    const nameEnd = endOfString(bytes, at);
    if (nameEnd === -1) return null;
    const name = readName(bytes.subarray(at, nameEnd));
    at = skipSpace(bytes, nameEnd);
    if (name === null || ranges.has(name) || bytes[at] !== COLON) return null;
    const from = skipSpace(bytes, at + 1);
    const to = endOfValue(bytes, from);
    if (to <= from) return null;
    ranges.set(name, { from, to });
    at = skipSpace(bytes, to);
    if (bytes[at] === CLOSE_OBJECT) return { start, end: at + 1, ranges };
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
}

/** @returns -1 if the value does not end */
function endOfValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return endOfString(bytes, from);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return scanContainer(bytes, from);
  let at = from;
  while (at < bytes.byteLength && !isEnd(bytes[at] as number)) at++;
  return at;
}

/** Where a number, true, false or null must end. */
const isEnd = (byte: number): boolean =>
  byte === COMMA || byte === CLOSE_OBJECT || byte === 0x5d || byte <= 0x20;

function endOfString(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) return -1;
  for (let at = from + 1; at < bytes.byteLength; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at++;
  }
  return -1;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

function readName(quoted: Uint8Array): string | null {
  try {
    return JSON.parse(Buffer.from(quoted.buffer, quoted.byteOffset, quoted.byteLength).toString('utf8'));
  } catch {
    return null;
  }
}
