/** JSON values in memory. */

/** A number that a double cannot represent, kept as its text (`JSON.rawJSON`). */
export interface RawNumber {
  readonly rawJSON: string;
}

/** Any JSON value. All members are own properties, including one called `__proto__`. */
export type Json = null | boolean | number | string | RawNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
export type JsonContainer = readonly Json[] | JsonObject;

/** The ECMAScript functions that TypeScript's library does not declare yet.
 * @see https://tc39.es/proposal-json-parse-with-source/ */
export const {
  rawJSON,
  isRawJSON,
  parse: parseWithSource,
} = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
  /** @param reviver gets each value, and the source text of each value that is not a container */
  parse(
    text: string,
    reviver: (key: string, value: Json, context: { readonly source?: string }) => Json,
  ): Json;
};

export const isRawNumber = (value: unknown): value is RawNumber =>
  // The check of the prototype first spares all other objects a call into the engine.
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null && isRawJSON(value);

/** Tells whether the value is an array or an object with members (and not a raw number). */
export const isContainer = (value: Json | undefined): value is JsonContainer =>
  typeof value === 'object' && value !== null && !isRawNumber(value);

/** Tells whether the value is an object with members: not null, not an array, not a raw number. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  isContainer(value) && !Array.isArray(value);

/** Returns the own member, or `undefined`. It never returns an inherited one (`constructor`, `__proto__`). */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isContainer(value) && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

/** Sets an own member, even where assignment would set the prototype. */
export function setMember(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
