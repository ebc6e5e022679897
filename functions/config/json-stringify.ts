import { isContainer, type Json, type JsonContainer, type JsonObject } from './json-value.ts';

interface Level {
  readonly container: readonly Json[] | JsonObject;
  readonly keys: readonly string[] | undefined;
  next: number;
}

/** The compact JSON text of a value of any depth, equal to that of `JSON.stringify`, which overflows the stack where
 * this one does not. Several times slower: for what the native function refuses. */
export function stringifyDeep(root: Json): string {
  return write(root, (container) => container, Object.keys);
}

/** The one JSON text of everything that means the same to SecureAuth: members sorted by their names' UTF-16 code units as
 * in RFC 8785, and arrays of nothing but texts sorted too, since the server does not keep their order.
 * @see https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3 */
export function canonicalJson(root: Json): string {
  const isTexts = (container: JsonContainer): container is readonly string[] =>
    Array.isArray(container) && container.every((value) => typeof value === 'string');
  // Most credentials are a text or a list of texts.
  if (isContainer(root) && isTexts(root)) return JSON.stringify(root.toSorted());
  const sortTexts = (container: JsonContainer): JsonContainer =>
    isTexts(container) ? container.toSorted() : container;
  return write(root, sortTexts, (object) => Object.keys(object).sort());
}

function write(
  root: Json,
  arrange: (container: JsonContainer) => JsonContainer,
  keysOf: (object: JsonContainer) => string[],
): string {
  if (!isContainer(root)) return JSON.stringify(root);
  const pieces: string[] = [];
  const open = (value: JsonContainer): Level => {
    const container = arrange(value);
    const keys = Array.isArray(container) ? undefined : keysOf(container);
    pieces.push(keys ? '{' : '[');
    return { container, keys, next: 0 };
  };
  const stack: Level[] = [open(root)];
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const { container, keys } = level;
    const index = level.next++;
    if (index >= (keys ?? (container as readonly Json[])).length) {
      pieces.push(keys ? '}' : ']');
      stack.pop();
      continue;
    }
    if (index > 0) pieces.push(',');
    const key = keys?.[index];
    if (key !== undefined) pieces.push(JSON.stringify(key), ':');
    const value = (container as JsonObject)[key ?? index] as Json;
    if (isContainer(value)) stack.push(open(value));
    else pieces.push(JSON.stringify(value));
  }
  return pieces.join('');
}
