import { styleText } from 'node:util';
import type { Command } from 'commander';
import { table as plainTable, type TableLimits } from '../terminal/table.ts';

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
export function print(command: Command, value: unknown, text: string): void {
  const output = globalOptions(command).json ? JSON.stringify(value) : text;
  // An empty list is no empty line.
  if (output !== '') process.stdout.write(`${output}\n`);
}

/** Say something beside the result, to people only. */
export function remark(command: Command, text: string): void {
  if (isForPeople(command)) process.stderr.write(`${text}\n`);
}

/** Whether anybody wants to read more than the result. */
export function isForPeople(command: Command): boolean {
  const { json, quiet } = globalOptions(command);
  return !json && !quiet;
}

/** A table for standard output, no wider than the terminal that it goes to. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  plainTable(header, rows, terminalLimits());

function terminalLimits(): TableLimits {
  const { isTTY, columns } = process.stdout;
  return isTTY && columns > 0 ? { width: columns } : {};
}

/** Text that stands out, on a terminal only: `styleText` looks at it, and at NO_COLOR, FORCE_COLOR and TERM. */
export const good = (text: string): string => styleText('green', text, { stream: process.stdout });
export const bad = (text: string): string => styleText('red', text, { stream: process.stdout });
export const doubtful = (text: string): string => styleText('yellow', text, { stream: process.stdout });
export const weak = (text: string): string => styleText('dim', text, { stream: process.stdout });
