/** Decimal numbers as texts. */

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

/** Whether a double would change a number. */
export function isInexact(text: string): boolean {
  const canonical = canonicalDecimal(text);
  // What is no number at all is left for the parser to refuse.
  return canonical !== undefined && canonical !== canonicalDecimal(JSON.stringify(Number(text)));
}
