import patching from 'fast-json-patch';
import { filterMembers, isJsonObject, type Json, type JsonObject, memberOf, pointerTokens } from '../json.ts';

/** An invalid patch (`malformed`), or one that does not apply to the document (`unfit`). */
export class PatchError extends Error {
  readonly reason: 'malformed' | 'unfit';

  constructor(reason: PatchError['reason'], message: string) {
    super(message);
    this.name = 'PatchError';
    this.reason = reason;
  }
}

/** What the library says of a patch that breaks RFC 6902 in itself. */
const MALFORMED = new Set([
  'SEQUENCE_NOT_AN_ARRAY',
  'OPERATION_NOT_AN_OBJECT',
  'OPERATION_OP_INVALID',
  'OPERATION_PATH_INVALID',
  'OPERATION_FROM_REQUIRED',
  'OPERATION_VALUE_REQUIRED',
  'OPERATION_VALUE_CANNOT_CONTAIN_UNDEFINED',
]);

/** Applies a JSON Patch (RFC 6902): in order, all or nothing.
 * @returns a new document
 * @throws PatchError
 */
export function applyJsonPatch(document: Json, patch: Json): Json {
  try {
    return patching.applyPatch(document, patch as never, true, false).newDocument as Json;
  } catch (error) {
    const { name, message } = error as Error;
    const [firstLine = ''] = message.toLowerCase().split('\n');
    throw new PatchError(MALFORMED.has(name) ? 'malformed' : 'unfit', firstLine);
  }
}

/** The patch as the vendor's example shows it applied: `add` of a value at the path of a list appends to the list. */
export function appendingToLists(document: Json, patch: Json): Json {
  if (!Array.isArray(patch)) return patch;
  return patch.map((operation: Json): Json => {
    const path = memberOf(operation, 'path');
    if (memberOf(operation, 'op') !== 'add' || typeof path !== 'string' || !isJsonObject(operation))
      return operation;
    const target = pointerTokens(path).reduce<Json | undefined>(memberOf, document);
    return Array.isArray(target) ? { ...operation, path: `${path}/-` } : operation;
  });
}

/** Applies a JSON Merge Patch, by the pseudocode of RFC 7396 section 2. Members may have any name.
 * @returns a new document, which may share values with both
 */
export function applyMergePatch(document: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const target: JsonObject = isJsonObject(document) ? document : {};
  const kept = filterMembers(target, (name) => !Object.hasOwn(patch, name));
  const patched = new Map<string, Json>();
  for (const [name, value] of Object.entries(patch)) {
    if (value !== null) patched.set(name, applyMergePatch(memberOf(target, name), value));
  }
  const inOrder = Object.keys(target).flatMap((name): [string, Json][] => {
    const value = patched.get(name) ?? memberOf(kept, name);
    patched.delete(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries([...inOrder, ...patched]);
}
