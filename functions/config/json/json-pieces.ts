/** A large JSON document in pieces, so that it need not be in memory as a whole: the members of one object somewhere inside
 * it, and all the rest. */
import { isUtf8 } from 'node:buffer';
import { type Json, MAX_DEPTH, member, parseJson, setMember } from './json.ts';
import { endOfString, endOfValue, readString, skipSpace } from './json-scan.ts';

export interface JsonPieces {
  /** The document with that object empty. */
  readonly shell: Uint8Array;
  /** The members of that object by name, in their order: views of the document's bytes. */
  readonly members: ReadonlyMap<string, Uint8Array>;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Parses a large document as `parseJson` does, the members of the object under `path` one by one: the text of all of it is
 * never in memory.
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

/** Cut a document at the object under `path`. What is inside the pieces is not judged.
 * @param bytes UTF-8
 * @param path names of members, from the root down
 * @returns null if there is no such object, a name on the way stands twice, or anything around the pieces is not as it should
 *   be: then the document has to be read as a whole, which tells what is wrong */
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

/** A document with the object from `start` to `end` empty. */
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

/** The members of the object that begins at `start`. */
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
    // A byte order mark, say, which the parser would leave out.
    if (to <= from || (bytes[from] as number) > 0x7f) return null;
    ranges.set(head.name, { from, to });
    at = skipSpace(bytes, to);
    if (bytes[at] === CLOSE_OBJECT) return { start, end: at + 1, ranges };
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
}

/** The name of the member that begins at `at`, and where its value does. */
function memberHead(bytes: Uint8Array, at: number): { readonly name: string; readonly from: number } | null {
  const nameEnd = endOfString(bytes, at);
  if (nameEnd === -1) return null;
  const name = readString(bytes, at, nameEnd);
  const colon = skipSpace(bytes, nameEnd);
  return name === null || bytes[colon] !== COLON ? null : { name, from: skipSpace(bytes, colon + 1) };
}
