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
export const canonicalJson = (root: Json): string => canonical(root, 0);

/** What lies deeper is written without recursion. */
const MAX_RECURSION = 500;

function canonical(value: Json, depth: number): string {
  if (!isContainer(value)) return JSON.stringify(value);
  if (depth > MAX_RECURSION) return write(value, sortTexts, sortedKeys);
  let text = '';
  if (Array.isArray(value)) {
    const elements: readonly Json[] = value;
    if (isTexts(elements)) return JSON.stringify(sortTexts(elements));
    for (const element of elements) text += `,${canonical(element, depth + 1)}`;
    return `[${text.slice(1)}]`;
  }
  for (const key of sortedKeys(value)) {
    text += `,${JSON.stringify(key)}:${canonical((value as JsonObject)[key] as Json, depth + 1)}`;
  }
  return `{${text.slice(1)}}`;
}

const isTexts = (container: JsonContainer): container is readonly string[] =>
  Array.isArray(container) && container.every((value) => typeof value === 'string');

const sortTexts = (container: JsonContainer): JsonContainer =>
  isTexts(container) && container.length > 1 ? container.toSorted() : container;

const sortedKeys = (object: JsonContainer): string[] => Object.keys(object).sort();

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
