/** Documents that resemble one that is in memory: what is equal is taken from there, so that a tenant's exports of one hour cost
 * little more memory than one of them. */
import { isUtf8 } from 'node:buffer';
import { isTenantBackupError } from '../errors.ts';
import { MAX_DEPTH, parseJson } from './json.ts';
import { endOfString, endOfValue, readString, skipSpace } from './json-scan.ts';
import { isContainer, isRawNumber, type Json, type JsonContainer, member, setMember } from './json-value.ts';
import { identical } from './same-value.ts';

/** What is larger is read member by member: neither its text nor a second copy of its values is in memory as a whole. */
const PIECE_BYTES = 64 * 1024;

/** Each level that is taken apart is run over once more. */
const MAX_LEVELS = 8;

/** What lies deeper is compared as a whole: the walk recurses. */
const MAX_WALK_DEPTH = 500;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** `parseJson` of a document that is probably much like another one.
 * @param like not modified; the result may be this very value, and shares with it whatever is equal at the same place. The
 *   order of members does not count: of what is equal the result has that of `like`
 * @param pieceBytes what is larger is read member by member
 * @throws EXPORT_INCOMPLETE, EXPORT_MALFORMED as `parseJson` */
export function parseJsonLike(bytes: Uint8Array, like: Json | undefined, pieceBytes = PIECE_BYTES): Json {
  return new LikeReader(bytes, pieceBytes).read(like) ?? share(parseJson(bytes), like);
}

/** @returns `like` if it is the same JSON; otherwise `value`, which is modified, with the parts of `like` that are equal */
export function share(value: Json, like: Json | undefined, depth = 0): Json {
  if (value === like) return value;
  if (!isContainer(value)) {
    return isRawNumber(value) && isRawNumber(like) && value.rawJSON === like.rawJSON ? like : value;
  }
  if (!isContainer(like) || Array.isArray(value) !== Array.isArray(like)) return value;
  if (depth >= MAX_WALK_DEPTH) return identical(value, like) ? like : value;
  const names = Object.keys(value);
  let same = Object.keys(like).length === names.length;
  for (const name of names) {
    const other = member(like, name);
    if (other === undefined) {
      same = false;
      continue;
    }
    const inner = (value as Record<string, Json>)[name] as Json;
    const shared = share(inner, other, depth + 1);
    if (shared !== other) same = false;
    if (shared !== inner) setMember(value as Record<string, Json>, name, shared);
  }
  if (same) return like;
  shareTexts(value, like, names);
  return value;
}

/** Equal texts are no less equal for being two, but need the memory of two. */
function shareTexts(value: JsonContainer, like: JsonContainer, names: readonly string[]): void {
  for (const name of names) {
    const other = member(like, name);
    if (typeof other === 'string' && (value as Record<string, Json>)[name] === other) {
      setMember(value as Record<string, Json>, name, other);
    }
  }
}

interface Read {
  readonly value: Json;
  /** Index after the value. */
  readonly to: number;
}

/** Reads a document piece by piece. Every method returns null if that cannot be, or something is wrong with the document: it
 * has to be read as a whole, then, which tells what. */
class LikeReader {
  readonly #bytes: Uint8Array;
  readonly #pieceBytes: number;

  constructor(bytes: Uint8Array, pieceBytes: number) {
    this.#bytes = bytes;
    this.#pieceBytes = pieceBytes;
  }

  read(like: Json | undefined): Json | null {
    const bytes = this.#bytes;
    if (bytes.byteLength <= this.#pieceBytes || !isUtf8(bytes)) return null;
    try {
      const read = this.#container(skipSpace(bytes, 0), like, 0);
      return read !== null && skipSpace(bytes, read.to) === bytes.byteLength ? read.value : null;
    } catch (error) {
      if (isTenantBackupError(error)) return null;
      throw error;
    }
  }

  /** @param level how many containers are around it */
  #container(from: number, like: Json | undefined, level: number): Read | null {
    const bytes = this.#bytes;
    const isList = bytes[from] === OPEN_ARRAY;
    if (!isList && bytes[from] !== OPEN_OBJECT) return null;
    const value: Json[] | Record<string, Json> = isList ? [] : {};
    let at = skipSpace(bytes, from + 1);
    if (bytes[at] === (isList ? CLOSE_ARRAY : CLOSE_OBJECT))
      return { value: shared(value, like), to: at + 1 };
    for (;;) {
      const head = Array.isArray(value) ? { name: String(value.length), from: at } : this.#name(at);
      // Of members with equal names the last one counts, which is for the parser to say.
      if (head === null || Object.hasOwn(value, head.name)) return null;
      const inner = this.#value(head.from, member(like, head.name), level + 1);
      if (inner === null) return null;
      setMember(value as Record<string, Json>, head.name, inner.value);
      at = skipSpace(bytes, inner.to);
      if (bytes[at] === (isList ? CLOSE_ARRAY : CLOSE_OBJECT)) {
        return { value: shared(value, like), to: at + 1 };
      }
      if (bytes[at] !== COMMA) return null;
      at = skipSpace(bytes, at + 1);
    }
  }

  /** The name of a member, and where its value begins. */
  #name(from: number): { readonly name: string; readonly from: number } | null {
    const end = endOfString(this.#bytes, from);
    const name = end === -1 ? null : readString(this.#bytes, from, end);
    const colon = end === -1 ? -1 : skipSpace(this.#bytes, end);
    if (name === null || this.#bytes[colon] !== COLON) return null;
    return { name, from: skipSpace(this.#bytes, colon + 1) };
  }

  #value(from: number, like: Json | undefined, level: number): Read | null {
    const first = this.#bytes[from] as number;
    const to = endOfValue(this.#bytes, from);
    // A byte order mark, say, which the parser would leave out.
    if (to <= from || first > 0x7f) return null;
    if (to - from > this.#pieceBytes && level < MAX_LEVELS && first !== QUOTE) {
      const read = this.#container(from, like, level);
      return read?.to === to ? read : null;
    }
    return { value: share(parseJson(this.#bytes.subarray(from, to), MAX_DEPTH - level), like), to };
  }
}

/** `share` of a container whose parts are shared already. */
function shared(value: JsonContainer, like: Json | undefined): Json {
  if (!isContainer(like) || Array.isArray(value) !== Array.isArray(like)) return value;
  const names = Object.keys(value);
  if (names.length !== Object.keys(like).length) return value;
  return names.every((name) => Object.hasOwn(like, name) && member(value, name) === member(like, name))
    ? like
    : value;
}
