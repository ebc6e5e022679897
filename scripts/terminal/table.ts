import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

export interface TableLimits {
  /** Longest line, in terminal columns. @default - no limit */
  readonly width?: number;
}

const GAP = 2;
/** Smallest width of a column: enough to tell ids apart. */
const MIN_COLUMN = 8;

/** Formats a table. Each column is as wide as its widest cell; if the line is too wide, the widest columns shrink. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width }: TableLimits = {},
): string {
  const lines = [header, ...rows];
  const natural = header.map((_, column) => Math.max(...lines.map((row) => stringWidth(row[column] ?? ''))));
  const widths = width === undefined ? natural : narrowed(natural, width);
  return lines
    .map((row) =>
      row
        .map((cell, column) => padded(shorten(cell, widths[column] ?? 0), widths[column] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n');
}

/** Shrinks the widest column until the line fits, or every column has its smallest width. */
function narrowed(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP * (widths.length - 1) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const [first = 0, second = MIN_COLUMN] = widths.toSorted((a, b) => b - a);
    if (first <= MIN_COLUMN) break;
    const taken = Math.min(excess, Math.max(1, first - Math.max(second, MIN_COLUMN)));
    widths[widest] = first - taken;
    excess -= taken;
  }
  return widths;
}

const padded = (cell: string, width: number): string =>
  cell + ' '.repeat(Math.max(0, width - stringWidth(cell)));

/** Truncates a text: sentences at their end, names such as ARNs in the middle, as their ends tell most. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  // A truncated escape sequence would show as characters.
  const plain = stripVTControlCharacters(text);
  const characters = [...plain];
  const kept = width - 1;
  if (plain.includes(' ')) return `${characters.slice(0, kept).join('')}…`;
  const tail = Math.floor(kept / 2);
  return `${characters.slice(0, kept - tail).join('')}…${tail > 0 ? characters.slice(-tail).join('') : ''}`;
}

/** Joins words with dots, in lines of at most `width` characters. */
export function wrap(words: readonly string[], width: number): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + word.length <= width)
      lines[lines.length - 1] = `${last} · ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
