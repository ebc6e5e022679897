/** Finds values in the bytes of a JSON text, without validating them. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Finds the end of an array or object, without validating its content.
 * @param start of its opening bracket
 * @returns index after its closing bracket; -1 if it does not end */
function scanContainer(bytes: Uint8Array, start: number): number {
  const end = bytes.byteLength;
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++;
    } else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) {
      return at + 1;
    }
  }
  return -1;
}

/** Finds the end of a value, without validating its content.
 * @returns index after it; -1 if it does not end */
export function endOfValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return endOfString(bytes, from);
  if (first === 0x7b || first === 0x5b) return scanContainer(bytes, from);
  let at = from;
  while (at < bytes.byteLength && !isDelimiter(bytes[at] as number)) at++;
  return at;
}

/** Tells whether a byte ends a number, true, false or null. */
const isDelimiter = (byte: number): boolean =>
  byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20;

/** Finds the end of a string.
 * @returns index after the closing quote; -1 if it does not end, or does not begin here */
export function endOfString(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) return -1;
  for (let at = from + 1; at < bytes.byteLength; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at++;
  }
  return -1;
}

/** Skips white space.
 * @returns index of the next byte that is not white space */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

/** Escapes, and characters that a string must escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const NOT_AS_IS = /[\\\u0000-\u001f]/;

/** Decodes a string.
 * @param from of its opening quote
 * @param to after its closing quote
 * @returns null if it is not a JSON string */
export function readString(bytes: Uint8Array, from: number, to: number): string | null {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + from + 1, to - from - 2).toString('utf8');
  if (!NOT_AS_IS.test(content)) return content;
  try {
    return JSON.parse(`"${content}"`);
  } catch {
    return null;
  }
}
