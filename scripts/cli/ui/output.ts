import type { Command } from 'commander';
import { table as plainTable, type TableLimits } from '../../terminal/table.ts';
import { type Lines, painted, shown, writeError, writeOut } from './terminal.ts';

/** Options that every verb has. */
export interface GlobalOptions {
  readonly stack: string;
  readonly profile?: string;
  readonly region?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const globalOptions = (command: Command): GlobalOptions => command.optsWithGlobals<GlobalOptions>();

/** Print a result, which goes to standard output: as JSON where that was asked for, otherwise as text. */
export function print(command: Command, value: unknown, lines: Lines): void {
  if (globalOptions(command).json) writeOut(JSON.stringify(value));
  // An empty list is no empty line.
  else if (lines !== '') writeOut(lines);
}

/** Say something beside the result, to people only. */
export function remark(command: Command, lines: Lines): void {
  if (isForPeople(command)) writeError(lines);
}

/** Whether anybody wants to read more than the result. */
export function isForPeople(command: Command): boolean {
  const { json, quiet } = globalOptions(command);
  return !json && !quiet;
}

/** A table for standard output, no wider than the terminal that it goes to. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  plainTable(
    header,
    rows.map((row) => row.map((cell) => shown(cell))),
    terminalLimits(),
  ).split('\n');

function terminalLimits(): TableLimits {
  const { isTTY, columns } = process.stdout;
  return isTTY && columns > 0 ? { width: columns } : {};
}

/** Text that stands out, on a terminal only. */
export const good = (text: string): string => painted('green', text);
export const bad = (text: string): string => painted('red', text);
export const doubtful = (text: string): string => painted('yellow', text);
export const weak = (text: string): string => painted('dim', text);
