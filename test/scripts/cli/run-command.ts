import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run the operator's command as a person would, in a process of its own.
 * @param input for standard input, which otherwise is empty */
export async function runCommand(
  args: readonly string[],
  {
    environment,
    input,
    folder,
  }: { environment: NodeJS.ProcessEnv; input?: string | undefined; folder?: string },
): Promise<CommandResult> {
  const main = new URL('../../../scripts/cli/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, ...args], {
    env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...environment },
    ...(folder === undefined ? {} : { cwd: folder }),
    stdio: 'pipe',
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  // A command that ends before it has read everything is no failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
