import type { Json, JsonObject } from './json.ts';
import { isContainer, isRawNumber } from './json.ts';

/** Go's zero time, which SecureAuth writes for "never". */
const ZERO_TIME = /^0001-01-01T00:00:00(\.0+)?Z$/;

const isBlankScalar = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || value === 0 || value === false;

const isEmptyScalar = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'string' && ZERO_TIME.test(value));

/** Tells whether a value is what SecureAuth writes in place of a credential: null, `""`, 0, false, or a container of
 * nothing but these. A redacted key set keeps its members and its zeroed counters. */
export function isBlank(root: Json | undefined): boolean {
  return every(root, isBlankScalar);
}

/** Tells whether a value means the same as a missing member: null, `""`, `[]`, `{}`, Go's zero time, or an object of
 * nothing but these. An array with elements is a value.
 * @see isUnset */
export function isEmpty(root: Json | undefined): boolean {
  return every(root, isEmptyScalar, (array) => array.length === 0);
}

/** Tells whether a value is what a server with typed fields writes for a missing one: empty, false, 0, or a zero
 * duration. */
export function isUnset(value: Json | undefined): boolean {
  if (value === false || value === 0) return true;
  if (isRawNumber(value)) return ZERO_NUMBER.test(value.rawJSON);
  return typeof value === 'string' && ZERO_DURATION.test(value) ? true : isEmpty(value);
}

const ZERO_NUMBER = /^-?0(\.0+)?([eE][+-]?\d+)?$/;
const ZERO_DURATION = /^(0(h|m|s|ms|us|µs|μs|ns))+$/;

function every(
  root: Json | undefined,
  scalar: (value: Json | undefined) => boolean,
  array: (value: readonly Json[]) => boolean = () => true,
): boolean {
  if (!isContainer(root)) return !isRawNumber(root) && scalar(root);
  const stack = [root];
  for (let container = stack.pop(); container !== undefined; container = stack.pop()) {
    if (Array.isArray(container) && !array(container)) return false;
    for (const key of Object.keys(container)) {
      const value = (container as JsonObject)[key];
      if (isContainer(value)) stack.push(value);
      else if (isRawNumber(value) || !scalar(value)) return false;
    }
  }
  return true;
}
