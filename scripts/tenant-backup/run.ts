import { type Command, CommanderError } from 'commander';
import { isTenantBackupError } from '../../functions/errors.ts';

/** What the command's exit code says. */
export const ExitCode = {
  fine: 0,
  /** The request was understood and failed. */
  failed: 1,
  /** The command line is wrong: nothing was done. */
  wrongUse: 2,
  /** A comparison found differences. */
  differences: 3,
} as const;

/** Run a command line to its end, and say in one line what went wrong: code, reason, and never a stack trace. */
export async function run(program: Command, argv: readonly string[]): Promise<void> {
  exitByThrowing(program);
  // Whoever reads the output may stop early, as `head` does; that is no failure of this command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? ExitCode.fine);
    throw error;
  });
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    const text = describe(error);
    if (text !== null) process.stderr.write(`${text}\n`);
  }
}

/** Commander leaves the process by itself; thrown, its exits come through here like every other end. */
function exitByThrowing(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitByThrowing(child);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.fine : ExitCode.wrongUse;
  if (isTenantBackupError(error) && error.code === 'INVALID_REQUEST') return ExitCode.wrongUse;
  return ExitCode.failed;
}

function describe(error: unknown): string | null {
  // Commander has written its own message.
  if (error instanceof CommanderError) return null;
  if (isTenantBackupError(error)) return `${error.code}: ${error.message}`;
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return `${name}: ${message.split('\n')[0]}`;
}
