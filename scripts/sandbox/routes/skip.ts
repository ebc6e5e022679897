import type { Fault } from '../faults.ts';
import { isJsonObject, type Json, type JsonObject, memberOf, pointerTokens } from '../json.ts';

/** What is left of a document when the sandbox is told to skip an object, or everything. */
export function withoutSkipped(document: JsonObject, fault: Fault | null): JsonObject {
  if (fault?.kind !== 'skip-import') return document;
  return fault.pointer === undefined ? {} : at(document, undefined, pointerTokens(fault.pointer));
}

/** A patched document in which the object that is to be skipped is as it was before, or everything is. */
export function withSkippedUndone(document: JsonObject, before: JsonObject, fault: Fault | null): JsonObject {
  if (fault?.kind !== 'skip-import') return document;
  return fault.pointer === undefined ? before : at(document, before, pointerTokens(fault.pointer));
}

/** A copy whose value at a path is what `source` has there; left out if that is nothing. */
function at<Value extends Json>(value: Value, source: Json | undefined, tokens: readonly string[]): Value {
  const [token = '', ...rest] = tokens;
  const from = childOf(source, token);
  const here = childOf(value, token);
  const next = rest.length === 0 ? from : here === undefined ? undefined : at(here, from, rest);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      String(index) !== token ? [item] : next === undefined ? [] : [next],
    ) as Value;
  }
  if (!isJsonObject(value)) return value;
  const others = Object.entries(value).filter(([name]) => name !== token);
  return Object.fromEntries(next === undefined ? others : [...others, [token, next]]) as Value;
}

const childOf = (value: Json | undefined, token: string): Json | undefined =>
  Array.isArray(value) ? value[Number(token)] : memberOf(value, token);
