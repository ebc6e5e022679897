/** What has to be known about a JSON text before the native parser sees it. */
export interface JsonScan {
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
  /** The text ends inside a string, an array or an object. */
  readonly open: boolean;
  /** Start and end of every number that a double would change. */
  readonly inexactNumbers: readonly (readonly [start: number, end: number])[];
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const LOWER_E = 0x65;
const UPPER_E = 0x45;

/** Every decimal of up to 15 digits survives a double. */
const SAFE_DIGITS = 15;

/** Whether a JSON text is plain: closed, not too deep, and free of every number that a double might change. Most exports
 * are, and need no closer look. Runs over the bytes, which costs a fifth of the parse that follows.
 * @returns false if `scanJson` has to look; grammar is not judged */
export function isPlainJson(bytes: Uint8Array, maxDepth: number): boolean {
  const end = bytes.byteLength;
  let depth = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
      if (at >= end) return false;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > maxDepth) return false;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    } else if (byte >= ZERO && byte <= NINE) {
      at = endOfPlainNumber(bytes, at) - 1;
      if (at < 0) return false;
    }
  }
  return depth === 0;
}

/** @param start of its first digit
 * @returns index after the number; -1 if a double may change it */
export function endOfPlainNumber(bytes: Uint8Array, start: number): number {
  // Minus zero is the one short number that a double loses.
  if (bytes[start] === ZERO && bytes[start - 1] === MINUS) return -1;
  let at = start;
  for (; at < bytes.byteLength; at++) {
    const next = bytes[at] as number;
    if (next === LOWER_E || next === UPPER_E) return -1;
    if ((next < ZERO || next > NINE) && next !== 0x2e) break;
  }
  return at - start > SAFE_DIGITS ? -1 : at;
}

/** Find the end of an array or object, without judging what is inside.
 * @param start of its opening bracket
 * @returns index after its closing bracket; -1 if it does not end */
export function scanContainer(bytes: Uint8Array, start: number): number {
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

/** Find the end of a value, without judging what is inside.
 * @returns index after it; -1 if it does not end */
export function endOfValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return endOfString(bytes, from);
  if (first === 0x7b || first === 0x5b) return scanContainer(bytes, from);
  let at = from;
  while (at < bytes.byteLength && !isDelimiter(bytes[at] as number)) at++;
  return at;
}

/** Where a number, true, false or null must end. */
const isDelimiter = (byte: number): boolean =>
  byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20;

/** @returns index after the closing quote; -1 if it does not end, or does not begin here */
export function endOfString(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) return -1;
  for (let at = from + 1; at < bytes.byteLength; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at++;
  }
  return -1;
}

/** @returns index of the next byte that is no space */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

/** Escapes, and what must not stand in a string unescaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const NOT_AS_IS = /[\\\u0000-\u001f]/;

/** The text of a string.
 * @param from of its opening quote
 * @param to after its closing quote
 * @returns null if it is no string of JSON */
export function readString(bytes: Uint8Array, from: number, to: number): string | null {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + from + 1, to - from - 2).toString('utf8');
  if (!NOT_AS_IS.test(content)) return content;
  try {
    return JSON.parse(`"${content}"`);
  } catch {
    return null;
  }
}

/** Run over a JSON text once, without recursion and without judging its grammar.
 * Strings are jumped over, so that a large export costs a fraction of the parse that follows. */
export function scanJson(text: string): JsonScan {
  const inexactNumbers: [number, number][] = [];
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = closingQuote(text, at);
      if (at < 0) return { depth: deepest, open: true, inexactNumbers };
    } else if (code === 0x7b || code === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at);
      if (mayBeInexact(text, at, end) && isInexact(text.slice(at, end))) inexactNumbers.push([at, end]);
      at = end - 1;
    }
  }
  return { depth: deepest, open: depth > 0, inexactNumbers };
}

/** Index of the closing quote, or -1. */
function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    const digit = code >= ZERO && code <= NINE;
    // `.`, `+`, `-`, `e`, `E` continue a number; the parser judges their order.
    if (!digit && code !== 0x2e && code !== 0x2b && code !== MINUS && code !== LOWER_E && code !== UPPER_E)
      break;
  }
  return end;
}

function mayBeInexact(text: string, start: number, end: number): boolean {
  if (end - start > SAFE_DIGITS || text.charCodeAt(start) === MINUS) return true;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === LOWER_E || code === UPPER_E) return true;
  }
  return false;
}

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** An exponent of more digits names a number that nothing can hold. */
const MAX_EXPONENT_DIGITS = 15;

/** The same for all texts of one decimal number: sign, digits without outer zeros, exponent of the last digit. A number with an
 * absurd exponent is its own text.
 * @returns `undefined` if the text is not a JSON number */
export function canonicalDecimal(text: string): string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  let from = 0;
  while (digits[from] === '0') from++;
  // Zero keeps its sign: a double can hold -0, but its JSON text loses it.
  if (from === digits.length) return `${sign}0`;
  if (exponent.length > MAX_EXPONENT_DIGITS) return text;
  const to = withoutLastZeros(digits);
  return `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}

/** How many digits are left without the zeros at the end. */
export function withoutLastZeros(digits: string): number {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return end;
}

function isInexact(text: string): boolean {
  const canonical = canonicalDecimal(text);
  // What is no number at all is left for the parser to refuse.
  return canonical !== undefined && canonical !== canonicalDecimal(JSON.stringify(Number(text)));
}
