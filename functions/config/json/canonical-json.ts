import { isContainer, type Json, type JsonContainer, type JsonObject } from './json-value.ts';

/** Returns one JSON text for all values that mean the same to SecureAuth. Members are sorted by the UTF-16 code units
 * of their names, as in RFC 8785. Arrays of texts are sorted too, because the server does not keep their order.
 * @see https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3 */
export function canonicalJson(value: Json): string {
  if (!isContainer(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const elements: readonly Json[] = value;
    return isTexts(elements)
      ? JSON.stringify(elements.toSorted())
      : `[${elements.map(canonicalJson).join(',')}]`;
  }
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson((value as JsonObject)[key] as Json)}`).join(',')}}`;
}

const isTexts = (container: JsonContainer): container is readonly string[] =>
  Array.isArray(container) && container.every((value) => typeof value === 'string');
