/** JSON patches: lists of operations on a document. This is our own code because no package preserves the numbers and
 * the member names of exports.
 * @see https://www.rfc-editor.org/rfc/rfc6902 */
import { TenantBackupError } from '../../errors.ts';
import { isContainer, isObject, type Json, type JsonContainer, member, setMember } from './json.ts';
import { childPointer, parsePointer } from './pointer.ts';
import { identical, sameNumber } from './same-value.ts';

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

export type JsonPatch = readonly JsonPatchOperation[];

/** Makes the patch that turns one document into another. The time is proportional to the documents: a patch keeps the common
 * beginning and end of two lists and replaces the rest. An index means an element only as long as the list is the same, so that a
 * `test` of the whole list comes before its edits.
 * @returns an empty list for documents that are the same */
export function jsonPatchBetween(from: Json, to: Json): JsonPatch {
  const operations: JsonPatchOperation[] = [];
  compare(from, to, '', operations);
  return operations;
}

function compare(from: Json, to: Json, path: string, operations: JsonPatchOperation[]): void {
  if (isObject(from) && isObject(to)) {
    for (const name of Object.keys(from)) {
      if (!Object.hasOwn(to, name)) operations.push({ op: 'remove', path: childPointer(path, name) });
    }
    for (const [name, value] of Object.entries<Json>(to)) {
      const place = childPointer(path, name);
      const before = member(from, name);
      if (before === undefined) operations.push({ op: 'add', path: place, value });
      else compare(before, value, place, operations);
    }
  } else if (Array.isArray(from) && Array.isArray(to)) {
    const edits: JsonPatchOperation[] = [];
    compareLists(from, to, path, edits);
    if (edits.length > 0) operations.push({ op: 'test', path, value: from });
    // The test of the outer list includes the inner ones.
    for (const edit of edits) if (edit.op !== 'test') operations.push(edit);
  } else if (!identical(from, to)) operations.push({ op: 'replace', path, value: to });
}

function compareLists(
  from: readonly Json[],
  to: readonly Json[],
  path: string,
  operations: JsonPatchOperation[],
): void {
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && identical(from[start] as Json, to[start] as Json)) start++;
  let end = 0;
  while (
    end < shorter - start &&
    identical(from[from.length - 1 - end] as Json, to[to.length - 1 - end] as Json)
  ) {
    end++;
  }
  const common = shorter - start - end;
  for (let at = start; at < start + common; at++) {
    compare(from[at] as Json, to[at] as Json, childPointer(path, at), operations);
  }
  // Remove from the end, so that no index moves before it is used.
  for (let at = from.length - end - 1; at >= start + common; at--) {
    operations.push({ op: 'remove', path: childPointer(path, at) });
  }
  for (let at = start + common; at < to.length - end; at++) {
    operations.push({ op: 'add', path: childPointer(path, at), value: to[at] as Json });
  }
}

/** Applies a patch: all of it, or nothing.
 * @param patch see `parseJsonPatch`
 * @returns the patched document; neither argument is modified
 * @throws INVALID_REQUEST naming the operation that does not fit the document, without any value */
export function applyJsonPatch(document: Json, patch: JsonPatch): Json {
  // These containers are copies: each is copied once, however many operations change it.
  const owned: Owned = new Set();
  return patch.reduce<Json>((current, operation, index) => {
    try {
      return applyOperation(current, operation, owned);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw new TenantBackupError(
        'INVALID_REQUEST',
        `json patch: operation ${index} (${operation.op} ${operation.path.slice(0, 200)}) ${error.message}`,
        { operation: index },
      );
    }
  }, document);
}

/** Validates a JSON patch.
 * @throws INVALID_REQUEST naming the operation and its member */
export function parseJsonPatch(value: Json): JsonPatch {
  const invalid = (message: string) => new TenantBackupError('INVALID_REQUEST', `json patch ${message}`);
  if (!Array.isArray(value)) throw invalid('must be a list of operations');
  return value.map((operation: Json, index): JsonPatchOperation => {
    const text = (name: 'path' | 'from'): string => {
      const pointer = member(operation, name);
      if (typeof pointer === 'string' && parsePointer(pointer) !== undefined) return pointer;
      throw invalid(`must have a JSON Pointer as ${name} of operation ${index}`);
    };
    const op = member(operation, 'op');
    switch (op) {
      case 'add':
      case 'replace':
      case 'test': {
        const content = member(operation, 'value');
        if (content === undefined) throw invalid(`must have a value in operation ${index}`);
        return { op, path: text('path'), value: content };
      }
      case 'remove':
        return { op, path: text('path') };
      case 'move':
      case 'copy':
        return { op, path: text('path'), from: text('from') };
      default:
        throw invalid(`must have add, remove, replace, move, copy or test as op of operation ${index}`);
    }
  });
}

class Misfit extends Error {}

type Owned = Set<unknown>;

function applyOperation(document: Json, operation: JsonPatchOperation, owned: Owned): Json {
  const keys = keysOf(operation.path);
  switch (operation.op) {
    case 'add':
      return add(document, keys, operation.value, owned);
    case 'remove':
      return remove(document, keys, owned);
    case 'replace':
      return replace(document, keys, operation.value, owned);
    case 'test':
      if (!equal(valueAt(document, keys), operation.value)) throw new Misfit('is not what the document has');
      return document;
    case 'copy':
      // The value is now in two places, and a change in one must not show in the other.
      owned.clear();
      return add(document, keys, valueAt(document, keysOf(operation.from)), owned);
    case 'move': {
      const from = keysOf(operation.from);
      const value = valueAt(document, from);
      if (operation.path.startsWith(`${operation.from}/`)) throw new Misfit('moves a value into itself');
      return operation.path === operation.from
        ? document
        : add(remove(document, from, owned), keys, value, owned);
    }
  }
}

const keysOf = (pointer: string): readonly string[] => parsePointer(pointer) ?? [];

function valueAt(document: Json, keys: readonly string[]): Json {
  return keys.reduce<Json>((holder, key) => {
    if (Array.isArray(holder)) return holder[indexOf(key, holder.length - 1)] as Json;
    const value = member(holder, key);
    if (value === undefined) throw new Misfit('names nothing in the document');
    return value;
  }, document);
}

const add = (document: Json, keys: readonly string[], value: Json, owned: Owned): Json =>
  keys.length === 0
    ? value
    : within(document, keys, owned, (holder, key) => {
        if (Array.isArray(holder)) {
          holder.splice(key === '-' ? holder.length : indexOf(key, holder.length), 0, value);
        } else setMember(holder, key, value);
      });

const replace = (document: Json, keys: readonly string[], value: Json, owned: Owned): Json =>
  keys.length === 0
    ? value
    : within(document, keys, owned, (holder, key) => {
        if (Array.isArray(holder)) holder[indexOf(key, holder.length - 1)] = value;
        else if (!Object.hasOwn(holder, key)) throw new Misfit('names nothing in the document');
        else setMember(holder, key, value);
      });

const remove = (document: Json, keys: readonly string[], owned: Owned): Json =>
  within(document, keys, owned, (holder, key) => {
    if (Array.isArray(holder)) holder.splice(indexOf(key, holder.length - 1), 1);
    else if (!Object.hasOwn(holder, key)) throw new Misfit('names nothing in the document');
    else Reflect.deleteProperty(holder, key);
  });

/** Copies the container of a pointer's last key and all containers around it, then changes the copy. */
function within(
  document: Json,
  keys: readonly string[],
  owned: Owned,
  change: (holder: Json[] | Record<string, Json>, key: string) => void,
): Json {
  const [key, ...rest] = keys;
  if (key === undefined || !isContainer(document)) throw new Misfit('names nothing in the document');
  const copy = owned.has(document) ? (document as Json[] | Record<string, Json>) : copyOf(document);
  owned.add(copy);
  if (rest.length === 0) change(copy, key);
  else {
    const place = Array.isArray(copy) ? String(indexOf(key, copy.length - 1)) : key;
    const inner = member(copy as Json, place);
    if (inner === undefined) throw new Misfit('names nothing in the document');
    setMember(copy as Record<string, Json>, place, within(inner, rest, owned, change));
  }
  return copy as Json;
}

const copyOf = (container: JsonContainer): Json[] | Record<string, Json> =>
  Array.isArray(container) ? [...container] : { ...(container as Record<string, Json>) };

function indexOf(key: string, last: number): number {
  const index = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN;
  if (!(index <= last)) throw new Misfit('names nothing in the list');
  return index;
}

/** Compares as RFC 6902, section 4.6, defines it: numbers by value, whatever their notation. */
const equal = (a: Json, b: Json): boolean => {
  if (!isContainer(a) || !isContainer(b)) return a === b || sameNumber(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(member(a, key) as Json, member(b, key) as Json))
  );
};
