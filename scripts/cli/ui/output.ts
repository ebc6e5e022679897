import type { Command } from 'commander';
import { table as plainTable, type TableLimits } from '../../terminal/table.ts';
import { type Lines, painted, sanitized, writeError, writeOut } from './terminal.ts';

/** Options that every verb has. */
export interface GlobalOptions {
  readonly stack: string;
  readonly profile?: string;
  readonly region?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const globalOptions = (command: Command): GlobalOptions => command.optsWithGlobals<GlobalOptions>();

/** Prints a result to standard output: as JSON with `--json`, otherwise as text. */
export function print(command: Command, value: unknown, lines: Lines): void {
  if (globalOptions(command).json) writeOut(JSON.stringify(value));
  // An empty text is not an empty line.
  else if (lines !== '') writeOut(lines);
}

/** Prints a note to standard error; none with `--json` or `--quiet`. */
export function note(command: Command, lines: Lines): void {
  if (wantsNotes(command)) writeError(lines);
}

/** Returns whether the person wants more than the result. */
export function wantsNotes(command: Command): boolean {
  const { json, quiet } = globalOptions(command);
  return !json && !quiet;
}

/** Formats a table for standard output, no wider than the terminal. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  plainTable(
    header,
    rows.map((row) => row.map((cell) => sanitized(cell))),
    terminalLimits(),
  ).split('\n');

function terminalLimits(): TableLimits {
  const { isTTY, columns } = process.stdout;
  return isTTY && columns > 0 ? { width: columns } : {};
}

/** Colours, on a terminal only. */
export const green = (text: string): string => painted('green', text);
export const red = (text: string): string => painted('red', text);
export const yellow = (text: string): string => painted('yellow', text);
export const dim = (text: string): string => painted('dim', text);
