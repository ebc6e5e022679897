/** Where the command writes: everything that reaches its standard output and standard error goes through here. */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { visible } from '../../../functions/visible.ts';

/** A line, or several. A line break within one is no line break: names of tenants, archives and servers may hold some. */
export type Lines = string | readonly string[];

const ESCAPE = '\u001b';
/** Stand around the code of a colour. Nothing that comes from elsewhere can know the first one. */
const [MARK, MARK_END] = [`${ESCAPE}]${randomUUID()};`, `${ESCAPE}\\`];

/** Text in a colour, on a terminal only: `styleText` looks at it, and at NO_COLOR, FORCE_COLOR and TERM. */
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

/** Returns a line in which nothing but our own colours is left for a terminal to obey.
 * @param colour writes the code of a colour */
export function shown(line: string, colour = marked): string {
  const [first = '', ...others] = line.split(MARK);
  const painted = others.map((piece) => {
    const end = piece.indexOf(MARK_END);
    return colour(piece.slice(0, end)) + visible(piece.slice(end + MARK_END.length));
  });
  return visible(first) + painted.join('');
}

const write = (stream: NodeJS.WriteStream, lines: Lines): void => {
  const text = [lines].flat().map((line) => `${shown(line, (code) => `${ESCAPE}[${code}m`)}\n`);
  if (text.length > 0) stream.write(text.join(''));
};

/** Write lines to standard output. */
export const writeOut = (lines: Lines): void => write(process.stdout, lines);

/** Write lines to standard error. */
export const writeError = (lines: Lines): void => write(process.stderr, lines);

/** Write the bytes of a document to standard output, which must be no terminal. */
export const writeBytes = (bytes: Uint8Array): void => void process.stdout.write(bytes);
