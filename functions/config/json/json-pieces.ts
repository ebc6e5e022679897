/** Cuts a large JSON document into pieces: the members of one object somewhere inside it, and the rest. The document
 * is never in memory as a whole. */
import { isUtf8 } from 'node:buffer';
import { type Json, MAX_DEPTH, member, parseJson, setMember } from './json.ts';
import { endOfString, endOfValue, readString, skipSpace } from './json-scan.ts';

export interface JsonPieces {
  /** The document, in which that object is empty. */
  readonly shell: Uint8Array;
  /** The members of that object by name, in document order. They are views of the document's bytes. */
  readonly members: ReadonlyMap<string, Uint8Array>;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Parses a large document as `parseJson` does, but parses the members of the object under `path` one by one. The
 * text of the whole is never in memory.
 * @param path names of members, from the root down
 * @throws EXPORT_INCOMPLETE, EXPORT_MALFORMED */
export function parseInPieces(bytes: Uint8Array, path: readonly string[], maxDepth = MAX_DEPTH): Json {
  const pieces = jsonPieces(bytes, path);
  if (pieces === null) return parseJson(bytes, maxDepth);
  const document = parseJson(pieces.shell, maxDepth);
  const object = path.reduce<Json | undefined>(member, document) as Record<string, Json>;
  for (const [name, piece] of pieces.members)
    setMember(object, name, parseJson(piece, maxDepth - path.length - 1));
  return document;
}

/** Cuts a document at the object under `path`, without validating the pieces.
 * @param bytes UTF-8
 * @param path names of members, from the root down
 * @returns null if there is no such object, if a name on the way occurs twice, or if the text around the pieces is
 * not valid. The caller then parses the whole document, which tells what is wrong */
export function jsonPieces(bytes: Uint8Array, path: readonly string[]): JsonPieces | null {
  if (!isUtf8(bytes)) return null;
  let object = membersOf(bytes, skipSpace(bytes, 0));
  if (object === null || skipSpace(bytes, object.end) !== bytes.byteLength) return null;
  for (const name of path) {
    const range: Range | undefined = object.ranges.get(name);
    object = range === undefined ? null : membersOf(bytes, range.from);
    if (object === null) return null;
  }
  const members = new Map<string, Uint8Array>();
  for (const [name, range] of object.ranges) members.set(name, bytes.subarray(range.from, range.to));
  return { shell: shellOf(bytes, object.start, object.end), members };
}

/** Returns the document, in which the object from `start` to `end` is empty. */
const shellOf = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  Buffer.concat([bytes.subarray(0, start), Buffer.from('{}'), bytes.subarray(end)]);

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

/** Reads the members of the object that begins at `start`. */
function membersOf(bytes: Uint8Array, start: number): ObjectRange | null {
  if (bytes[start] !== OPEN_OBJECT) return null;
  const ranges = new Map<string, Range>();
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_OBJECT) return { start, end: at + 1, ranges };
  for (;;) {
    const head = memberHead(bytes, at);
    if (head === null || ranges.has(head.name)) return null;
    const { from } = head;
    const to = endOfValue(bytes, from);
    // The parser would drop these bytes, such as a byte order mark.
    if (to <= from || (bytes[from] as number) > 0x7f) return null;
    ranges.set(head.name, { from, to });
    at = skipSpace(bytes, to);
    if (bytes[at] === CLOSE_OBJECT) return { start, end: at + 1, ranges };
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
}

/** Reads the name of the member that begins at `at`, and finds its value. */
function memberHead(bytes: Uint8Array, at: number): { readonly name: string; readonly from: number } | null {
  const nameEnd = endOfString(bytes, at);
  if (nameEnd === -1) return null;
  const name = readString(bytes, at, nameEnd);
  const colon = skipSpace(bytes, nameEnd);
  return name === null || bytes[colon] !== COLON ? null : { name, from: skipSpace(bytes, colon + 1) };
}
