/** JSON as the sandbox sees it: open objects, because SecureAuth's model grows and unknown fields have to survive. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [member: string]: Json;
}

export type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of an object, or undefined. Never what the prototype holds: documents may use names like `constructor`. */
export const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** A member that is an object; an empty object otherwise. Not for writing. */
export const objectMember = (value: Json | undefined, name: string): JsonObject => {
  const member = memberOf(value, name);
  return isJsonObject(member) ? member : {};
};

export function jsonKind(value: Json): JsonKind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonKind;
}

/** The strings of an array, ignoring everything else. */
export const stringsOf = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** `/a/b`, with `~` and `/` inside the token escaped (RFC 6901). */
export const pointerTo = (parent: string, token: string): string =>
  `${parent}/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** The reference tokens of a JSON Pointer (RFC 6901); the empty pointer has none. */
export const pointerTokens = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Every value that a path reaches; `*` stands for any member or element.
 * @example valuesAt({ a: [{ b: 1 }, { b: 2 }] }, ['a', '*', 'b']) // [1, 2]
 */
export function valuesAt(value: Json | undefined, path: readonly string[]): Json[] {
  const [head, ...rest] = path;
  if (value === undefined) return [];
  if (head === undefined) return [value];
  if (head !== '*') return valuesAt(memberOf(value, head), rest);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((item) => valuesAt(item, rest));
}

/** A copy in which every value that the path reaches is replaced; branches that the path misses are shared. */
export function replaceAt(value: Json, path: readonly string[], replace: (value: Json) => Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return replace(value);
  if (Array.isArray(value)) return head === '*' ? value.map((item) => replaceAt(item, rest, replace)) : value;
  if (!isJsonObject(value)) return value;
  const next = (item: Json): Json => replaceAt(item, rest, replace);
  return mapMembers(value, (item, name) => (head === '*' || head === name ? next(item) : item));
}

/** A copy without the members that the path reaches. */
export function removeAt(value: Json, path: readonly string[]): Json {
  const last = path.at(-1);
  return replaceAt(value, path.slice(0, -1), (owner) =>
    isJsonObject(owner) ? filterMembers(owner, (name) => last !== '*' && name !== last) : owner,
  );
}

/** Like `map`, over members. `Object.fromEntries` defines members, so a member called `__proto__` stays one. */
export const mapMembers = (value: JsonObject, map: (item: Json, name: string) => Json): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([name, item]) => [name, map(item, name)]));

export const filterMembers = (value: JsonObject, keep: (name: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([name]) => keep(name)));
