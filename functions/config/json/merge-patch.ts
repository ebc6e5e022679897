/** Merge patches: the changes of a document, in the shape of the document. This is our own code because no package
 * preserves the numbers and the member names of exports.
 * @see https://www.rfc-editor.org/rfc/rfc7396 */
import { isObject, type Json, type JsonObject, member, setMember } from './json.ts';
import { identical } from './same-value.ts';

/** Applies a merge patch.
 * @returns the patched document; neither argument is modified, and the result shares their parts */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries<Json>(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else setMember(result, name, applyMergePatch(member(result, name) ?? null, value));
  }
  return result;
}

/** Makes the patch that turns one document into another. A merge patch cannot express null: members that are null in
 * `to` are missing afterwards, which means the same to SecureAuth.
 * @returns `{}` for documents that are the same */
export function mergePatchBetween(from: Json, to: Json): Json {
  if (!isObject(from) || !isObject(to)) return identical(from, to) ? (isObject(to) ? {} : to) : to;
  return patchOfMembers(from, to);
}

function patchOfMembers(from: JsonObject, to: JsonObject): JsonObject {
  const patch: Record<string, Json> = {};
  for (const [name, value] of Object.entries<Json>(to)) {
    const before = member(from, name);
    if (before === undefined) {
      if (value !== null) setMember(patch, name, value);
    } else if (isObject(before) && isObject(value)) {
      const inner = patchOfMembers(before, value);
      if (Object.keys(inner).length > 0) setMember(patch, name, inner);
    } else if (!identical(before, value)) setMember(patch, name, value);
  }
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) setMember(patch, name, null);
  return patch;
}
