/** Everything that the command writes to standard output and standard error. */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { visible } from '../../../functions/visible.ts';

/** One or more lines. A line break inside a line is escaped, as names of tenants, archives and servers may contain some. */
export type Lines = string | readonly string[];

const ESCAPE = '\u001b';
/** Marks around the code of a colour. The first is random, so that no foreign text can contain it. */
const [MARK, MARK_END] = [`${ESCAPE}]${randomUUID()};`, `${ESCAPE}\\`];

/** Colours a text, on a terminal only: `styleText` respects NO_COLOR, FORCE_COLOR and TERM. */
export function painted(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const [begin = '', end = ''] = styleText(format, '|', { stream })
    .split('|')
    .map((style) => (style === '' ? '' : marked(style.slice(`${ESCAPE}[`.length, -1))));
  return `${begin}${text}${end}`;
}

const marked = (code: string): string => `${MARK}${code}${MARK_END}`;

/** Escapes every control character of a line except our own colours.
 * @param colour writes the code of a colour */
export function sanitized(line: string, colour = marked): string {
  const [first = '', ...others] = line.split(MARK);
  const painted = others.map((piece) => {
    const end = piece.indexOf(MARK_END);
    return colour(piece.slice(0, end)) + visible(piece.slice(end + MARK_END.length));
  });
  return visible(first) + painted.join('');
}

const write = (stream: NodeJS.WriteStream, lines: Lines): void => {
  const text = [lines].flat().map((line) => `${sanitized(line, (code) => `${ESCAPE}[${code}m`)}\n`);
  if (text.length > 0) stream.write(text.join(''));
};

/** Writes lines to standard output. */
export const writeOut = (lines: Lines): void => write(process.stdout, lines);

/** Writes lines to standard error. */
export const writeError = (lines: Lines): void => write(process.stderr, lines);

/** Writes a document to standard output, which must not be a terminal, and waits until it is written. */
export const writeBytes = (bytes: Uint8Array): Promise<void> =>
  // The listener of `endOnOutputError` handles an error.
  new Promise((resolve) => process.stdout.write(bytes, (error) => error ?? resolve()));
