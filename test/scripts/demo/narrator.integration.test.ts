import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runOnTerminal, TERMINALS } from '../cli/run-on-terminal.ts';

const program = [process.execPath, fileURLToPath(new URL('narrate.ts', import.meta.url))];
const MOVES = /a step: the second half.* {2}✔ a step [\d.]+ s\n$/s;
const PLAIN = /^ {2}✔ a step [\d.]+ s\n$/;

test.each(TERMINALS)('a step on a terminal $kind is told to its end', async ({ moves, ...terminal }) => {
  const { code, screen } = await runOnTerminal([], [], { program, ...terminal });
  expect(code).toBe(0);
  expect(screen).toMatch(moves ? MOVES : PLAIN);
});
