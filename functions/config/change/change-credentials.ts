/** What becomes of the credentials of objects that exist on both sides. */

import type { PropertyDifference } from '../compare/compare-bodies.ts';
import { isJwk, looksLikeCredential } from '../credentials/lookalike.ts';
import { hasPlaceholder, showsNoSecret } from '../credentials/no-secret.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { childPointer, formatPointer, parsePointer } from '../json/pointer.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  NO_MARKS,
  ROOT_CURSOR,
} from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { isAmong, isWithin, type Places } from '../model/places.ts';

/** - `restore`: as they were in what is restored
 * - `keep`: as they are now; objects that are made anew get those that are restored */
export type CredentialChoice = 'restore' | 'keep';

/** An object on both sides. */
export interface TwoBodies {
  readonly pointer: string;
  /** What is to be. */
  readonly desired: Json;
  /** What is there now. */
  readonly live: Json;
  /** Between them, see `compareBodies`. */
  readonly differences: readonly PropertyDifference[];
}

/** What differs after the choice, and what the choice was about. */
export interface ResolvedCredentials {
  /** The desired body with the credentials that stay as the live object has them. A list that changes is written as a whole:
   * without them it would take away the credentials in its elements. */
  readonly desired: Json;
  /** What is to be changed in the live object. */
  readonly differences: readonly PropertyDifference[];
  /** JSON Pointers of credentials, or of what goes together with them, of which both sides have one. */
  readonly differing: readonly string[];
  /** JSON Pointers of credentials that stay as they are, as the desired object shows none at all: it was redacted. */
  readonly filled: readonly string[];
}

/** Resolves the credentials of one object.
 *
 * A credential goes together with what belongs to it: a key set is taken whole, and so are the credentials of an identity
 * provider, as a mixture of both sides would be neither. An object that shows no credential at all was redacted, so that
 * its blanks say nothing: they are never imported over credentials. An object that shows one means its blanks, but no
 * placeholder: what holds one stays as it is.
 * @param choice `undefined` resolves as `restore` */
export function resolveCredentials(
  { pointer, desired, live, differences }: TwoBodies,
  choice: CredentialChoice | undefined,
  secrets: Places,
): ResolvedCredentials {
  const base = parsePointer(pointer) ?? [];
  const units = new Map<string, readonly string[]>();
  for (const difference of differences) {
    const keys = (parsePointer(difference.pointer) ?? []).slice(base.length);
    const unit = credentialUnit(base, keys, [desired, live], difference.secret);
    // What comes and goes with its owner, such as an embedded client, is no matter of choice.
    if (unit !== undefined && unit.length > 0 && hasOwner(desired, unit) && hasOwner(live, unit)) {
      units.set(pointer + formatPointer(unit), unit);
    }
  }
  if (units.size === 0) return { desired, differences, differing: [], filled: [] };

  const isRedacted = !showsCredential(pointer, desired, secrets);
  const isBare = !showsCredential(pointer, live, secrets);
  const differing: string[] = [];
  const filled: string[] = [];
  for (const [place, unit] of units) {
    const wanted = valueAt(desired, unit);
    if (isRedacted || (wanted !== undefined && hasPlaceholder(wanted, place, ROOT_CURSOR)))
      filled.push(place);
    else if (!(isBare && GENERATED_MEMBERS.has(unit.at(-1) as string))) differing.push(place);
  }
  const taken = new Set(choice === 'keep' ? [...differing, ...filled] : filled);
  return {
    desired: [...taken].reduce(
      (body, place) => withMemberOf(live, body, units.get(place) as readonly string[]),
      desired,
    ),
    differences: differences.filter((difference) => !isWithin(difference.pointer, taken)),
    differing,
    filled,
  };
}

/** What SecureAuth makes up where an import shows none: an object without it has lost it, and nothing is kept. */
const GENERATED_MEMBERS: ReadonlySet<string> = new Set([
  'secret',
  'subject_identifier_algorithm_salt',
  'jwks',
  'client_secret',
  'hashed_secret',
]);

/** The names that lead to what goes together with a difference; `undefined` if it is no matter of credentials.
 * @param base names that lead to the object
 * @param keys names from there to the difference */
export function credentialUnit(
  base: readonly string[],
  keys: readonly string[],
  sides: readonly Json[],
  isSecret: boolean,
  table: FieldCursor = ROOT_CURSOR,
): readonly string[] | undefined {
  let cursor = table;
  let marks: InheritedMarks = NO_MARKS;
  for (const key of base) {
    cursor = step(cursor, key);
    marks = inheritMarks(marks, cursor);
  }
  for (const [index, key] of keys.entries()) {
    cursor = step(cursor, key);
    marks = inheritMarks(marks, cursor);
    if (marks.keySet || marks.secret) return keys.slice(0, index + 1);
  }
  // A key that no table knows: its public and private members make one key.
  for (let length = 1; length < keys.length; length++) {
    const above = keys.slice(0, length);
    if (sides.some((side) => isPrivateJwk(valueAt(side, above)))) return above;
  }
  return isSecret ? keys : undefined;
}

const isPrivateJwk = (value: Json | undefined): boolean =>
  isContainer(value) && isJwk(value) && ['d', 'k', 'p', 'q'].some((name) => !isBlank(member(value, name)));

/** Tells whether an object has the container that a member lies in. */
const hasOwner = (body: Json, keys: readonly string[]): boolean =>
  isContainer(valueAt(body, keys.slice(0, -1)));

const valueAt = (value: Json, keys: readonly string[]): Json | undefined =>
  keys.reduce<Json | undefined>((holder, key) => member(holder, key), value);

/** Tells whether any credential of an object is to be seen. */
function showsCredential(pointer: string, body: Json, secrets: Places): boolean {
  let start = ROOT_CURSOR;
  let inherited: InheritedMarks = NO_MARKS;
  for (const key of parsePointer(pointer) ?? []) {
    start = step(start, key);
    inherited = inheritMarks(inherited, start);
  }
  const stack = [{ value: body, pointer, cursor: start, marks: inherited, name: '', inJwk: false }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const { value, cursor, marks } = at;
    if (marks.volatile) continue;
    if (!isContainer(value)) {
      if (showsNoSecret(value)) continue;
      if (marks.secret || isAmong(at.pointer, secrets)) return true;
      if (!marks.unnamed && !marks.freeForm && looksLikeCredential(at.name, value, at.inJwk)) return true;
      continue;
    }
    const inJwk = isJwk(value);
    for (const [name, inner] of Object.entries<Json>(value as JsonObject)) {
      const below = step(cursor, name);
      stack.push({
        value: inner,
        pointer: childPointer(at.pointer, name),
        cursor: below,
        marks: inheritMarks(marks, below),
        name,
        inJwk,
      });
    }
  }
  return false;
}

/** A copy of `body` that has, at a place, what `source` has there: nothing, if it has nothing. Both have the container that
 * the place is in. */
function withMemberOf(source: Json, body: Json, keys: readonly string[]): Json {
  const [key = '', ...rest] = keys;
  const copy = (Array.isArray(body) ? [...body] : { ...(body as JsonObject) }) as Record<string, Json>;
  const theirs = member(source, key);
  if (theirs === undefined) Reflect.deleteProperty(copy, key);
  else
    setMember(copy, key, rest.length === 0 ? theirs : withMemberOf(theirs, member(body, key) ?? null, rest));
  return copy;
}
