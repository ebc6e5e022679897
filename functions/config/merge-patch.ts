/** Merge patches: what to change of a document, in the shape of the document.
 * @see https://www.rfc-editor.org/rfc/rfc7396 */
import { isObject, type Json, type JsonObject, setMember } from './json.ts';

/** @returns the patched document; neither argument is modified, and the result shares their parts */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries<Json>(patch as JsonObject)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else
      setMember(
        result,
        name,
        applyMergePatch(Object.hasOwn(result, name) ? (result[name] as Json) : null, value),
      );
  }
  return result;
}
