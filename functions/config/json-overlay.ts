/** A JSON value by what it has otherwise than another one. */
import { MAX_DEPTH, parseJson } from './json.ts';
import {
  isContainer,
  type Json,
  type JsonContainer,
  type JsonObject,
  member,
  setMember,
} from './json-value.ts';

/** Another value as a whole, or other members of a container that both have. */
export type Change = Replaced | Within;

/** Where a text has the other value. */
export interface Replaced {
  readonly from: number;
  readonly to: number;
}

export interface Within {
  /** Those that differ, in the order of the text. */
  readonly members: readonly (readonly [key: string, change: Change])[];
  /** How many members or elements both have, by the text. */
  readonly size: number;
}

/** A container that has the members of another one, and other values for some of them. They are read when they are needed. */
export class Overlay {
  readonly #base: JsonContainer;
  readonly #text: Buffer;
  readonly change: Within;
  #container: JsonContainer | undefined;

  /** @param change for which `fits` is true
   * @param text that it points into */
  constructor(base: JsonContainer, change: Within, text: Buffer) {
    this.#base = base;
    this.change = change;
    this.#text = text;
  }

  /** What is in place of a member.
   * @param before the member's value in the other container
   * @param change of this one's `change.members`
   * @returns an overlay for an object that both have
   * @throws EXPORT_MALFORMED */
  below(before: Json, change: Change): Json | Overlay {
    return 'members' in change && !Array.isArray(before)
      ? new Overlay(before as JsonObject, change, this.#text)
      : apply(before, change, this.#text);
  }

  /** The container itself; shares with the other one what is equal.
   * @throws EXPORT_MALFORMED */
  container(): JsonContainer {
    this.#container ??= apply(this.#base, this.change, this.#text) as JsonContainer;
    return this.#container;
  }

  /** The container of nothing but one member, which is this one. */
  under(key: string): Overlay {
    const change = { members: [[key, this.change] as const], size: 1 };
    return new Overlay(Object.fromEntries([[key, this.#base]]), change, this.#text);
  }
}

/** Whether a change has the members of a value: where a name stands twice, or stands before another one that it follows in
 * memory, the text does not tell which value counts. */
export function fits(value: Json, change: Change): boolean {
  if (!('members' in change)) return true;
  if (!isContainer(value)) return false;
  const { members, size } = change;
  if (Array.isArray(value)) {
    return value.length === size && members.every(([key, inner]) => fits(value[Number(key)] as Json, inner));
  }
  let count = 0;
  let next = 0;
  for (const key in value as JsonObject) {
    count++;
    const changed = members[next];
    if (changed?.[0] !== key) continue;
    if (!fits((value as JsonObject)[key] as Json, changed[1])) return false;
    next++;
  }
  return count === size && next === members.length;
}

function apply(value: Json, change: Change, text: Buffer): Json {
  if (!('members' in change)) return readReplaced(text, change);
  const copy = Array.isArray(value) ? [...value] : { ...(value as JsonObject) };
  for (const [key, inner] of change.members) {
    setMember(copy as Record<string, Json>, key, apply(member(value, key) as Json, inner, text));
  }
  return copy as JsonObject;
}

/** As long as the longest of those that credentials mostly are replaced by. */
const MAX_SHORT_BYTES = 4;

function readReplaced(text: Buffer, { from, to }: Replaced): Json {
  const short = to - from <= MAX_SHORT_BYTES ? text.toString('latin1', from, to) : undefined;
  if (short === '""') return '';
  if (short === 'null') return null;
  if (short === '0') return 0;
  return parseJson(text.subarray(from, to), MAX_DEPTH);
}
