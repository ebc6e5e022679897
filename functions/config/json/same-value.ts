/** Defines when two values mean the same to SecureAuth although their JSON differs. */

import { canonicalDecimal, withoutLastZeros } from './decimal.ts';
import { isContainer, isRawNumber, type Json, type JsonObject } from './json.ts';

/** Tells whether two values are the same JSON. Fast, because most objects of two exports are. */
export function identical(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (!isContainer(a) || !isContainer(b)) return sameText(a, b);
  const stack: Json[] = [a, b];
  while (stack.length > 0) {
    const right = stack.pop() as JsonObject;
    const left = stack.pop() as JsonObject;
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length || Array.isArray(left) !== Array.isArray(right))
      return false;
    for (const key of keys) {
      if (!Object.hasOwn(right, key)) return false;
      const [value, other] = [left[key] as Json, right[key] as Json];
      if (value === other) continue;
      if (!isContainer(value) || !isContainer(other)) {
        if (sameText(value, other)) continue;
        return false;
      }
      stack.push(value, other);
    }
  }
  return true;
}

const sameText = (a: Json, b: Json): boolean => isRawNumber(a) && isRawNumber(b) && a.rawJSON === b.rawJSON;

/** Tells whether two scalars mean the same: equal, the same number, the same instant, or the same duration.
 * @param name the member's name, which distinguishes a duration from a text that looks like one */
export function sameScalar(name: string, a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') {
    const instant = instantOf(a);
    if (instant !== undefined) return instant === instantOf(b);
    if (!DURATION_NAME.test(name)) return false;
    const duration = durationNanoseconds(a);
    return duration !== undefined && duration === durationNanoseconds(b);
  }
  return sameNumber(a, b);
}

/** Tells whether two values are the same number, whatever its notation. */
export const sameNumber = (a: Json, b: Json): boolean =>
  isNumber(a) && isNumber(b) && decimalOf(a) === decimalOf(b);

/** Tells whether two arrays hold the same texts, each as often, in any order.
 * @returns `undefined` if the order may matter: an element is not a text, or `name` is that of a certificate chain */
export function sameTexts(name: string, a: readonly Json[], b: readonly Json[]): boolean | undefined {
  if (keepsOrder(name)) return undefined;
  const isText = (value: Json): value is string => typeof value === 'string';
  if (!a.every(isText) || !b.every(isText)) return undefined;
  const sorted = [...b].sort();
  return a.length === b.length && [...a].sort().every((text, index) => text === sorted[index]);
}

/** A certificate chain begins with the certificate of the key (RFC 7517, section 4.7). SecureAuth keeps the order of
 * no other list of texts. The customer's own JSON is compared elsewhere. */
const ORDERED_LISTS: ReadonlySet<string> = new Set(['x5c']);

/** Tells whether the order of the texts in a list has a meaning.
 * @param name of the member that holds the list */
export const keepsOrder = (name: string): boolean => ORDERED_LISTS.has(name);

/** Members that hold a Go duration. */
const DURATION_NAME = /(^|_)(ttl|age|idle|exp|expiration|expires_after|duration|timeout|interval)$/;

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Parses an RFC 3339 timestamp.
 * @returns seconds since 1970 with the exact fraction; `undefined` for any other text */
function instantOf(text: string): string | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction = '', zone] = match;
  const milliseconds = Date.parse(`${date}T${time}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return `${milliseconds / 1000}.${fraction.slice(0, withoutLastZeros(fraction))}`;
}

const DURATION = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Parses a Go duration.
 * @returns nanoseconds; `undefined` for any other text
 * @see https://pkg.go.dev/time#ParseDuration */
export function durationNanoseconds(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  DURATION_PART.lastIndex = /^[+-]/.test(text) ? 1 : 0;
  while (DURATION_PART.lastIndex < text.length) {
    const part = DURATION_PART.exec(text);
    if (part === null) return undefined;
    total += Number(part[1]) * (NANOSECONDS[part[2] as string] as number);
  }
  return text.startsWith('-') ? -total : total;
}

const isNumber = (value: Json): boolean => typeof value === 'number' || isRawNumber(value);
const decimalOf = (value: Json): string | undefined =>
  canonicalDecimal(isRawNumber(value) ? value.rawJSON : String(value))?.replace(/^-0$/, '0');
