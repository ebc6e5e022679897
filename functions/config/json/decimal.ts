/** Decimal numbers as texts. */

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** No program can hold a number whose exponent has more digits. */
const MAX_EXPONENT_DIGITS = 15;

/** Returns the same text for every notation of one number: sign, digits without outer zeros, exponent of the last
 * digit. A number whose exponent is too long stays as it is.
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

/** Counts the digits that remain without the zeros at the end. */
export function withoutLastZeros(digits: string): number {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return end;
}

/** Tells whether a double would change a number. */
export function isInexact(text: string): boolean {
  const canonical = canonicalDecimal(text);
  // The parser refuses what is not a number.
  return canonical !== undefined && canonical !== canonicalDecimal(JSON.stringify(Number(text)));
}
