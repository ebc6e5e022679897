import { spawn } from 'node:child_process';
import { atExit, killGroup } from './at-exit.ts';

/** How a program ended: its exit code, or `null` where a signal or a missing file ended it, and what it printed. */
export type ProgramResult = {
  readonly exitCode: number | null;
  readonly output: string;
};

/**
 * Run a program to its end, or to that of this process. Nothing is thrown: a program that does not exist answers with
 * `exitCode: null`.
 * @param onLine called for each line of its standard output and error, as they come
 */
export const runProgram = (
  file: string,
  programArguments: readonly string[],
  options: {
    readonly environment?: NodeJS.ProcessEnv;
    readonly folder?: string;
    readonly onLine?: (line: string) => void;
  } = {},
): Promise<ProgramResult> =>
  new Promise((resolve) => {
    const chunks: string[] = [];
    const program = spawn(file, programArguments, {
      env: options.environment ?? process.env,
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which can be ended with all that it starts.
      detached: true,
    });
    const cancel = atExit(() => killGroup(program));
    for (const stream of [program.stdout, program.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        chunks.push(chunk);
        const lines = (rest + chunk).split(/\r?\n|\r/);
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line);
      });
      stream.on('end', () => {
        if (rest !== '') options.onLine?.(rest);
      });
    }
    const end = (result: ProgramResult) => {
      cancel();
      resolve(result);
    };
    program.on('error', (error) => end({ exitCode: null, output: error.message }));
    program.on('close', (exitCode) => end({ exitCode, output: chunks.join('') }));
  });
