/** Decides about the credentials of objects that exist on both sides. */

import type { PropertyDifference } from '../compare/compare-bodies.ts';
import { hasPlaceholder, secretsIn, showsNoSecret } from '../credentials/blank-secret.ts';
import { isJwk, looksLikeCredential } from '../credentials/lookalike.ts';
import { isBlank } from '../json/blank.ts';
import { isContainer, isObject, type Json, type JsonObject, member, setMember } from '../json/json.ts';
import { childPointer, formatPointer, parsePointer } from '../json/pointer.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  marksAt,
  NO_MARKS,
  ROOT_CURSOR,
} from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { isAmong, isWithin, type Places } from '../model/places.ts';

/** - `restore`: as in the backup
 * - `keep`: as they are now; created objects get those of the backup */
export type CredentialChoice = 'restore' | 'keep';

/** An object on both sides. */
export interface TwoBodies {
  readonly pointer: string;
  /** The desired state. */
  readonly desired: Json;
  /** The present state. */
  readonly live: Json;
  /** The differences between them, see `compareBodies`. */
  readonly differences: readonly PropertyDifference[];
}

/** The differences after the choice, and the credentials that it concerned. */
export interface ResolvedCredentials {
  /** The desired body, in which the credentials that stay are those of the live object. A changed list is written as
   * a whole: without them, it would remove the credentials in its elements. */
  readonly desired: Json;
  /** The changes of the live object. */
  readonly differences: readonly PropertyDifference[];
  /** JSON Pointers of credentials, or of units around them, that differ and that both sides have. */
  readonly differing: readonly string[];
  /** JSON Pointers of credentials that stay, because the desired object shows none: it was redacted. */
  readonly filled: readonly string[];
}

/** Resolves the credentials of one object.
 * A credential forms a unit with related members: a key set is taken whole, and so are the credentials of an
 * identity provider, because a mixture of both sides would not work. A blank beside a known credential that is shown
 * is real, such as that of a rotated secret; any other was redacted, and never overwrites a credential. So do
 * placeholders: a unit with one stays. Elsewhere, the object as a whole tells: it was redacted if it shows no credential.
 * @param choice `undefined` acts as `restore` */
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
    // The choice does not apply to credentials that exist only with their owner, such as an embedded client.
    if (unit !== undefined && unit.length > 0 && hasOwner(desired, unit) && hasOwner(live, unit)) {
      units.set(pointer + formatPointer(unit), unit);
    }
  }
  if (choice === 'keep') {
    for (const keys of bareContainers(base, desired, differences))
      units.set(pointer + formatPointer(keys), keys);
  }
  if (units.size === 0) return { desired, differences, differing: [], filled: [] };

  const isRedacted = !showsCredential(pointer, desired, secrets);
  const isHidden = (unit: readonly string[], wanted: Json | undefined): boolean =>
    isKnown([...base, ...unit]) ? showsNoSecret(wanted) && !showsSibling(base, desired, unit) : isRedacted;
  const isBare = !showsCredential(pointer, live, secrets);
  const differing: string[] = [];
  const filled: string[] = [];
  for (const [place, unit] of units) {
    const wanted = valueAt(desired, unit);
    if (isHidden(unit, wanted) || (wanted !== undefined && hasPlaceholder(wanted, place, ROOT_CURSOR)))
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

/** Lists the containers that only the live object has, and that hold nothing but credentials: an export without credentials may
 * lack them, too. */
function bareContainers(
  base: readonly string[],
  desired: Json,
  differences: readonly PropertyDifference[],
): readonly (readonly string[])[] {
  const found = new Map<string, { readonly keys: readonly string[]; isBare: boolean }>();
  for (const difference of differences) {
    const keys = (parsePointer(difference.pointer) ?? []).slice(base.length);
    const end = keys.findIndex((_, index) => valueAt(desired, keys.slice(0, index + 1)) === undefined);
    const container = keys.slice(0, end + 1);
    // The owner of a credential itself is there, or is a list, whose elements have no names.
    if (end < 0 || end === keys.length - 1 || !isObject(valueAt(desired, keys.slice(0, end)))) continue;
    const place = formatPointer(container);
    const known = found.get(place) ?? { keys: container, isBare: true };
    known.isBare &&= difference.secret;
    found.set(place, known);
  }
  return [...found.values()].flatMap(({ keys, isBare }) => (isBare ? [keys] : []));
}

/** Tells whether a place is a known one of credentials. */
function isKnown(keys: readonly string[]): boolean {
  const { secret, keySet } = marksAt(keys);
  return secret || keySet;
}

/** Tells whether an object shows another known credential in the container of a unit. */
function showsSibling(base: readonly string[], body: Json, unit: readonly string[]): boolean {
  const above = unit.slice(0, -1);
  return Object.entries<Json>(valueAt(body, above) as JsonObject).some(([name, value]) => {
    const keys = [...base, ...above, name];
    if (name === unit.at(-1) || !isKnown(keys)) return false;
    return secretsIn(value, formatPointer(keys), ROOT_CURSOR).some(({ state }) => state === 'shown');
  });
}

/** SecureAuth generates these when an import shows none: an object without one has lost it, and there is nothing to
 * keep. */
const GENERATED_MEMBERS: ReadonlySet<string> = new Set([
  'secret',
  'subject_identifier_algorithm_salt',
  'jwks',
  'client_secret',
  'hashed_secret',
]);

/** Returns the names that lead to the unit of a difference; `undefined` if no credential is concerned.
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
  // A key that no table knows: its public and private members form one key.
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

/** Tells whether an object shows any credential. */
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

/** Copies into `body`, at one place, the member of `source`, or removes it if `source` lacks it. Both must have the
 * container of the place. */
function withMemberOf(source: Json, body: Json, keys: readonly string[]): Json {
  const [key = '', ...rest] = keys;
  const copy = (Array.isArray(body) ? [...body] : { ...(body as JsonObject) }) as Record<string, Json>;
  const theirs = member(source, key);
  if (theirs === undefined) Reflect.deleteProperty(copy, key);
  else
    setMember(copy, key, rest.length === 0 ? theirs : withMemberOf(theirs, member(body, key) ?? null, rest));
  return copy;
}
