import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AT_A_TERMINAL, runOnTerminal } from '../tenant-backup/run-on-terminal.ts';

const program = [process.execPath, fileURLToPath(new URL('narrate.ts', import.meta.url))];
const MOVES = /a step: the second half.* {2}✔ a step [\d.]+ s\n$/s;
const PLAIN = /^ {2}✔ a step [\d.]+ s\n$/;

test.each([
  ['of 120 columns', 120, AT_A_TERMINAL, MOVES],
  ['that does not say its size', 0, AT_A_TERMINAL, PLAIN],
  ['that cannot move a line', 120, { ...AT_A_TERMINAL, TERM: 'dumb' }, PLAIN],
  ['that nobody watches', 120, { ...AT_A_TERMINAL, CI: 'true' }, PLAIN],
])('a step on a terminal %s is told to its end', async (_, columns, environment, shown) => {
  const { code, screen } = await runOnTerminal([], [], { program, columns, environment });
  expect(code).toBe(0);
  expect(screen).toMatch(shown);
});
