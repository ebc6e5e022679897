/** Two JSON texts of one thing, read side by side. An export without credentials has the bytes of the one with them nearly
 * everywhere: what is equal is looked at once, and only what differs is parsed a second time. */
import { parseJson, parsePlainJson } from './json.ts';
import { type Change, fits, Overlay } from './json-overlay.ts';
import { endOfPlainNumber, endOfValue, isPlainJson, readString } from './json-scan.ts';
import { isContainer, type Json } from './json-value.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** The walk has come to a value that does not end. */
const BROKEN = -1;

/** What lies deeper is compared as a whole: the walk recurses. */
const MAX_WALK_DEPTH = 500;

/** One member of an object that both texts have. */
export interface PairMember {
  readonly name: string;
  /** In the first text. */
  readonly value: Json;
  /** In the second text: `value` itself if it is the same there. */
  readonly other: Json | Overlay;
  readonly place: PairPlace;
}

/** Where the second text has a member. */
export interface PairPlace {
  /** From the quote before the member's name to the end of its value. */
  readonly from: number;
  readonly to: number;
  /** How many members all objects of the value have, each counted as often as it is written. */
  readonly members: number;
  /** Values that differ, and are `null`, `""`, `0`, `false`, `[]` or `{}` in both texts. */
  readonly blanks: readonly PairBlank[];
  /** Whether the second text has nothing but scalars and empty containers where it differs. */
  readonly isSimple: boolean;
}

export interface PairBlank {
  readonly text: string;
  /** Place of the second text's. */
  readonly from: number;
  readonly to: number;
}

/** A `Within` that is being made. */
interface Changing {
  readonly members: (readonly [key: string, change: Change])[];
  size: number;
}

/** Reads values of two texts, both UTF-8. The walk itself judges neither: the parser sees all of the first text, and of the
 * second all that differs. */
export class PairReader {
  readonly #text: Buffer;
  readonly #other: Buffer;
  /** Where the walk is in the first text; it is `shift` further on in the second. */
  #at = 0;
  #shift = 0;
  #isPlain = true;
  #members = 0;
  #blanks: PairBlank[] = [];
  #isSimple = true;

  constructor(text: Uint8Array, other: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#other = Buffer.from(other.buffer, other.byteOffset, other.byteLength);
  }

  /** Read the members of an object one by one.
   * @param at of its opening bracket in the first text, `otherAt` in the second
   * @param maxDepth of a member's value, at least 1,000
   * @param visit gets each member
   * @returns where the object ends in both; null if the two do not have the same names in the same order, each once, or the
   *   text is not as it should be: they have to be read apart, then
   * @throws EXPORT_MALFORMED see `parseJson` */
  readMembers(
    at: number,
    otherAt: number,
    maxDepth: number,
    visit: (member: PairMember) => void,
  ): { readonly end: number; readonly otherEnd: number } | null {
    if (this.#text[at] !== OPEN_OBJECT || this.#other[otherAt] !== OPEN_OBJECT) return null;
    this.#at = at + 1;
    this.#shift = otherAt - at;
    const names = new Set<string>();
    this.#skipSpace();
    let more = !this.#takes(CLOSE_OBJECT);
    while (more) {
      const nameFrom = this.#at + this.#shift;
      const name = this.#takeName();
      if (name === null || names.has(name)) return null;
      names.add(name);
      const from = this.#at;
      const otherFrom = from + this.#shift;
      this.#isPlain = true;
      this.#members = 0;
      this.#blanks = [];
      this.#isSimple = true;
      const change = this.#value(0);
      if (this.#at === BROKEN) return null;
      const ranges = { from, to: this.#at, otherFrom, otherTo: this.#at + this.#shift };
      const [value, other] = this.#parse(ranges, change, maxDepth);
      const place = {
        from: nameFrom,
        to: ranges.otherTo,
        members: this.#members,
        blanks: this.#blanks,
        isSimple: this.#isSimple,
      };
      visit({ name, value, other, place });
      this.#skipSpace();
      more = this.#takes(COMMA);
      if (more) this.#skipSpace();
      else if (!this.#takes(CLOSE_OBJECT)) return null;
    }
    return { end: this.#at, otherEnd: this.#at + this.#shift };
  }

  #parse(
    { from, to, otherFrom, otherTo }: { from: number; to: number; otherFrom: number; otherTo: number },
    change: Change | undefined,
    maxDepth: number,
  ): [Json, Json | Overlay] {
    const text = this.#text.subarray(from, to);
    const value = this.#isPlain ? parsePlainJson(text) : parseJson(text, maxDepth);
    if (change === undefined) return [value, value];
    const other =
      this.#isPlain && isContainer(value) && 'members' in change && fits(value, change)
        ? new Overlay(value, change, this.#other)
        : parseJson(this.#other.subarray(otherFrom, otherTo), maxDepth);
    return [value, other];
  }

  /** Walk over the value that begins here. */
  #value(depth: number): Change | undefined {
    const from = this.#at;
    const otherFrom = from + this.#shift;
    const first = this.#text[from];
    if (first === QUOTE) {
      if (this.#sameString()) return undefined;
    } else if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      if (this.#other[otherFrom] === first && depth < MAX_WALK_DEPTH) {
        const change = first === OPEN_OBJECT ? this.#object(depth) : this.#array(depth);
        if (change !== null) return change;
      }
    } else if (this.#sameScalar()) return undefined;
    return this.#replaced(from, otherFrom);
  }

  #replaced(from: number, otherFrom: number): Change | undefined {
    const to = endOfValue(this.#text, from);
    const otherTo = endOfValue(this.#other, otherFrom);
    if (to === -1 || otherTo === -1) {
      this.#at = BROKEN;
      return undefined;
    }
    const text = blankText(this.#text, from, to);
    const otherText = blankText(this.#other, otherFrom, otherTo);
    if (text === undefined && !isPlainJson(this.#text.subarray(from, to), MAX_WALK_DEPTH))
      this.#isPlain = false;
    if (otherText === undefined && isOpening(this.#other[otherFrom])) this.#isSimple = false;
    if (text !== undefined && otherText !== undefined) {
      this.#blanks.push({ text, from: otherFrom, to: otherTo });
    }
    this.#at = to;
    this.#shift = otherTo - to;
    return { from: otherFrom, to: otherTo };
  }

  /** @returns null if the two have other names, or not as many */
  #object(depth: number): Change | undefined | null {
    let change: Changing | undefined;
    this.#at++;
    this.#skipSpace();
    if (this.#takes(CLOSE_OBJECT)) return undefined;
    for (let size = 1; ; size++) {
      const nameFrom = this.#at;
      if (!this.#sameString()) return null;
      const nameTo = this.#at;
      this.#skipSpace();
      if (!this.#takes(COLON)) return null;
      this.#skipSpace();
      this.#members++;
      const inner = this.#value(depth + 1);
      if (this.#at === BROKEN) return undefined;
      if (inner !== undefined) {
        const name = readString(this.#text, nameFrom, nameTo);
        if (name === null) return null;
        change ??= { members: [], size: 0 };
        change.members.push([name, inner]);
      }
      this.#skipSpace();
      if (!this.#takes(COMMA)) {
        if (change) change.size = size;
        return this.#takes(CLOSE_OBJECT) ? change : null;
      }
      this.#skipSpace();
    }
  }

  /** @returns null if the two have not as many elements */
  #array(depth: number): Change | undefined | null {
    let change: Changing | undefined;
    this.#at++;
    this.#skipSpace();
    if (this.#takes(CLOSE_ARRAY)) return undefined;
    for (let size = 1; ; size++) {
      if (this.#other[this.#at + this.#shift] === CLOSE_ARRAY) return null;
      const inner = this.#value(depth + 1);
      if (this.#at === BROKEN) return undefined;
      if (inner !== undefined) {
        change ??= { members: [], size: 0 };
        change.members.push([String(size - 1), inner]);
      }
      this.#skipSpace();
      if (!this.#takes(COMMA)) {
        if (change) change.size = size;
        return this.#takes(CLOSE_ARRAY) ? change : null;
      }
      this.#skipSpace();
    }
  }

  /** A name and its colon, the same in both; null if there is none. */
  #takeName(): string | null {
    const from = this.#at;
    if (!this.#sameString()) return null;
    const name = readString(this.#text, from, this.#at);
    this.#skipSpace();
    if (!this.#takes(COLON)) return null;
    this.#skipSpace();
    return name;
  }

  #takes(byte: number): boolean {
    if (this.#text[this.#at] !== byte || this.#other[this.#at + this.#shift] !== byte) return false;
    this.#at++;
    return true;
  }

  /** Most exports have no space at all, and others the same on both sides. */
  #skipSpace(): void {
    const text = this.#text;
    for (let at = this.#at; at < text.length; at++) {
      const byte = text[at] as number;
      if (byte > 0x20 || byte !== this.#other[at + this.#shift]) return;
      this.#at = at + 1;
    }
  }

  #sameString(): boolean {
    const text = this.#text;
    const other = this.#other;
    const shift = this.#shift;
    const end = Math.min(text.length, other.length - shift);
    let at = this.#at;
    if (at >= end || text[at] !== QUOTE || other[at + shift] !== QUOTE) return false;
    for (at++; at < end; at++) {
      const byte = text[at];
      if (byte !== other[at + shift]) return false;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      // What is escaped ends no string.
      if (byte === BACKSLASH && (++at >= end || text[at] !== other[at + shift])) return false;
    }
    return false;
  }

  /** A number, true, false or null. */
  #sameScalar(): boolean {
    const from = this.#at;
    const to = endOfValue(this.#text, from);
    if (endOfValue(this.#other, from + this.#shift) !== to + this.#shift) return false;
    for (let at = from; at < to; at++) if (this.#text[at] !== this.#other[at + this.#shift]) return false;
    const digits = this.#text[from] === MINUS ? from + 1 : from;
    const first = this.#text[digits] as number;
    if (first >= ZERO && first <= NINE && endOfPlainNumber(this.#text, digits) === -1) this.#isPlain = false;
    this.#at = to;
    return true;
  }
}

const isOpening = (byte: number | undefined): boolean => byte === OPEN_OBJECT || byte === OPEN_ARRAY;

/** The text of a blank value that has nothing in it. */
function blankText(text: Buffer, from: number, to: number): string | undefined {
  switch (to - from) {
    case 1:
      return text[from] === ZERO ? '0' : undefined;
    case 2:
      return BLANK_PAIRS.get(text[from] as number);
    case 4:
      return text[from] === LOWER_N ? 'null' : undefined;
    case 5:
      return text[from] === LOWER_F ? 'false' : undefined;
    default:
      return undefined;
  }
}

/** Of two bytes, a value that begins so is this one. */
const BLANK_PAIRS: ReadonlyMap<number, string> = new Map([
  [QUOTE, '""'],
  [OPEN_ARRAY, '[]'],
  [OPEN_OBJECT, '{}'],
]);
