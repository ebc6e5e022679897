/** Finds the differences between two bodies of one object. Iterative, so that depth costs no stack. */

import { isJwk, looksLikeCredential } from '../credentials/lookalike.ts';
import { isEmpty, isUnset } from '../json/blank.ts';
import { isContainer, isObject, type Json, type JsonContainer, member } from '../json/json.ts';
import { formatPointer, parsePointer } from '../json/pointer.ts';
import { identical, sameScalar, sameTexts } from '../json/same-value.ts';
import {
  type FieldCursor,
  type InheritedMarks,
  inheritMarks,
  isCollection,
  NO_MARKS,
  ROOT_CURSOR,
} from '../model/fields.ts';
import { step } from '../model/path-table.ts';
import { isAmong, type Places } from '../model/places.ts';

/** One value that differs between both sides. */
export interface PropertyDifference {
  /** JSON Pointer in the whole document. */
  readonly pointer: string;
  /** Missing if the side has no such member, and always if secret. */
  readonly expected?: Json;
  readonly actual?: Json;
  /** Whether the value is, or holds, a credential: then the difference is reported without values. */
  readonly secret: boolean;
}

/** A place in both documents, and its entry in the table. */
interface Pair {
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
  /** Names from the object's own place to here. */
  readonly parent: Pair | undefined;
  readonly name: string;
  /** Whether the name is a field name, and not an id, an index or a word of prose. */
  readonly named: boolean;
  readonly cursor: FieldCursor;
  readonly marks: InheritedMarks;
  readonly inJwk: boolean;
}

/** Compares two bodies of one object.
 * @param pointer of the object
 * @param secrets places of secrets that only the caller knows
 * @param table the known places of the document
 * @returns every differing value in document order */
export function compareBodies(
  pointer: string,
  expected: Json,
  actual: Json,
  secrets: Places,
  table: FieldCursor = ROOT_CURSOR,
): PropertyDifference[] {
  if (identical(expected, actual)) return [];
  const differences: PropertyDifference[] = [];
  const stack: Pair[] = [rootPair(pointer, expected, actual, table)];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    if (pair.marks.volatile || pair.expected === pair.actual) continue;
    const verdict = comparePair(pair);
    if (verdict === 'descend') stack.push(...children(pair).reverse());
    else if (verdict === 'different') differences.push(describe(pointer, pair, secrets));
  }
  return differences;
}

function comparePair({ expected, actual, marks, name }: Pair): 'same' | 'different' | 'descend' {
  if (isObject(expected) && isObject(actual)) return 'descend';
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const same = marks.freeForm ? undefined : sameTexts(name, expected, actual);
    if (same !== undefined) return same ? 'same' : 'different';
    return expected.length === actual.length ? 'descend' : 'different';
  }
  const [expectedEmpty, actualEmpty] = [isEmpty(expected), isEmpty(actual)];
  if (expectedEmpty && actualEmpty) return 'same';
  // In the customer's own JSON, false has a meaning.
  if (!marks.freeForm && (expectedEmpty ? isUnset(actual) : actualEmpty && isUnset(expected))) return 'same';
  // An object against nothing: the members say what is missing, and which of them are secret.
  if ((isObject(expected) && actualEmpty) || (isObject(actual) && expectedEmpty)) return 'descend';
  if (expected === undefined || actual === undefined) return 'different';
  if (isContainer(expected) || isContainer(actual)) return 'different';
  return sameScalar(name, expected, actual) ? 'same' : 'different';
}

function rootPair(pointer: string, expected: Json, actual: Json, table: FieldCursor): Pair {
  const keys = parsePointer(pointer) ?? [];
  let cursor = table;
  let marks = inheritMarks(NO_MARKS, cursor);
  for (const key of keys) {
    cursor = step(cursor, key);
    marks = inheritMarks(marks, cursor);
  }
  const name = keys.at(-1) ?? '';
  return { expected, actual, parent: undefined, name, named: false, cursor, marks, inJwk: false };
}

function children(pair: Pair): Pair[] {
  const { expected, actual } = pair;
  const pairs: Pair[] = [];
  for (const key of keysOf(expected)) {
    const [left, right] = [member(expected, key), member(actual, key)];
    if (left !== right) pairs.push(child(pair, key, left, right));
  }
  for (const key of keysOf(actual)) {
    if (member(expected, key) === undefined) pairs.push(child(pair, key, undefined, member(actual, key)));
  }
  return pairs;
}

const keysOf = (value: Json | undefined): string[] => (isContainer(value) ? Object.keys(value) : []);

function child(pair: Pair, name: string, expected: Json | undefined, actual: Json | undefined): Pair {
  const cursor = step(pair.cursor, name);
  const marks = inheritMarks(pair.marks, cursor);
  const inList = !isObject(pair.expected) && !isObject(pair.actual);
  const named = !inList && !marks.unnamed && !isCollection(pair.cursor);
  const inJwk = jwk(pair.expected) || jwk(pair.actual);
  return { expected, actual, parent: pair, name, named, cursor, marks, inJwk };
}

const jwk = (value: Json | undefined): boolean => isContainer(value) && isJwk(value);

function describe(objectPointer: string, pair: Pair, secrets: Places): PropertyDifference {
  const names: string[] = [];
  for (let at = pair; at.parent !== undefined; at = at.parent) names.push(at.name);
  const pointer = objectPointer + formatPointer(names.reverse());
  if (isSecret(pair) || isAmong(pointer, secrets)) return { pointer, secret: true };
  const { expected, actual } = pair;
  return {
    pointer,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    secret: false,
  };
}

/** Tells whether one of the values is, or holds, a known credential or what looks like one. */
function isSecret(pair: Pair): boolean {
  const stack: Pair[] = [pair];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.marks.secret) return true;
    const name = at.named ? at.name : undefined;
    for (const value of [at.expected, at.actual]) {
      if (value !== undefined && looksLikeCredential(name, value, at.inJwk)) return true;
    }
    // Check the elements and members of both sides, each on its own.
    for (const side of ['expected', 'actual'] as const) {
      const container: Json | undefined = at[side];
      if (isContainer(container))
        for (const key of Object.keys(container)) stack.push(onlySide(at, key, container));
    }
  }
  return false;
}

const onlySide = (pair: Pair, key: string, container: JsonContainer): Pair =>
  child({ ...pair, expected: container, actual: undefined }, key, member(container, key), undefined);
