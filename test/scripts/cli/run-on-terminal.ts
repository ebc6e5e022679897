import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { findPython } from '../../../scripts/local/python.ts';

const HELPER = fileURLToPath(new URL('pseudo_terminal.py', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../scripts/cli/main.ts', import.meta.url));

export const ENTER = '\r';
export const CTRL_C = '\x03';
export const CTRL_D = '\x04';

/** The environment of a person at a terminal that can do what terminals do, wherever the tests run. */
const AT_A_TERMINAL: NodeJS.ProcessEnv = { ...process.env, TERM: 'xterm', CI: undefined };

/** Kinds of terminals, as options of `runOnTerminal`: where a line can move, and where it cannot. */
export const TERMINALS = [
  { kind: 'of 120 columns', moves: true, columns: 120, environment: AT_A_TERMINAL },
  { kind: 'that does not say its size', moves: false, columns: 0, environment: AT_A_TERMINAL },
  {
    kind: 'that cannot move a line',
    moves: false,
    columns: 120,
    environment: { ...AT_A_TERMINAL, TERM: 'dumb' },
  },
  { kind: 'that nobody watches', moves: false, columns: 120, environment: { ...AT_A_TERMINAL, CI: 'true' } },
];

/** What is typed once the terminal shows something. */
export type Answer = readonly [question: string, typed: string];

export interface OnTerminal {
  readonly code: number | null;
  /** All that was seen, without colours and movements of the cursor. */
  readonly screen: string;
}

/** Run the operator's command on a terminal, as a person would.
 * @param answers in the order of their questions; a question that never comes leaves the rest untyped
 * @param options `program`: another one than the command; `columns`: 0 where the terminal does not say its size */
export async function runOnTerminal(
  args: readonly string[],
  answers: readonly Answer[],
  {
    environment = AT_A_TERMINAL,
    program = [process.execPath, MAIN],
    columns = 120,
  }: { environment?: NodeJS.ProcessEnv; program?: readonly string[]; columns?: number } = {},
): Promise<OnTerminal> {
  const { file } = await findPython();
  const child = spawn(file, [HELPER, String(columns), ...program, ...args], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {});
  const left = [...answers];
  let [screen, seen] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk;
    const [question, typed] = left[0] ?? [];
    if (question === undefined || typed === undefined) return;
    const plain = stripVTControlCharacters(screen);
    const at = plain.indexOf(question, seen);
    if (at < 0) return;
    seen = at + question.length;
    left.shift();
    child.stdin.write(typed);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, screen: stripVTControlCharacters(screen).replaceAll('\r', '') };
}
