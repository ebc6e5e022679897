import { type Command, CommanderError } from 'commander';
import { toTenantBackupError } from '../../../functions/defect.ts';
import { isTenantBackupError } from '../../../functions/errors.ts';
import { visible } from '../../../functions/visible.ts';
import { commandText } from './command-text.ts';
import { ExitCode } from './exit-code.ts';
import { hintFor } from './hints.ts';
import { painted, writeError } from './terminal.ts';

/** Run a command line to its end. What goes wrong is said in two lines: code and reason, and what to do next; as JSON
 * with `--json`. There is never a stack trace. */
export async function run(program: Command, argv: readonly string[]): Promise<void> {
  const asJson = argv.includes('--json');
  // Known before anything is written, errors in the command line included.
  if (argv.includes('--no-color')) {
    process.env['NO_COLOR'] = '1';
    delete process.env['FORCE_COLOR'];
  }
  exitByThrowing(program, asJson);
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    writeError((asJson ? describeAsJson(error) : describe(error)) ?? []);
  }
}

/** Commander leaves the process by itself; thrown, its exits come through here like every other end. */
function exitByThrowing(command: Command, quiet: boolean): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => {
      const lines = text.replace(/^error: /, 'INVALID_REQUEST: ').split('\n');
      write(lines.map(visible).join('\n'));
    },
    ...(quiet ? { writeErr: () => {} } : {}),
  });
  for (const child of command.commands) exitByThrowing(child, quiet);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.fine : ExitCode.wrongUse;
  if (isTenantBackupError(error) && WRONG_USE.has(error.code)) return ExitCode.wrongUse;
  return ExitCode.failed;
}

const WRONG_USE: ReadonlySet<string> = new Set(['INVALID_REQUEST', 'ID_AMBIGUOUS']);

function describe(error: unknown): string[] | null {
  // Commander has written its own message.
  if (error instanceof CommanderError) return null;
  const known = toTenantBackupError(error);
  const code = painted('red', known.code, process.stderr);
  return [`${code}: ${known.message}`, `  next: ${hintFor(known)}`];
}

function describeAsJson(error: unknown): string | null {
  if (!(error instanceof CommanderError)) {
    const known = toTenantBackupError(error);
    const { code, message, facts } = known;
    return JSON.stringify({ error: { code, message, facts, next: hintFor(known) } });
  }
  if (error.exitCode === 0) return null;
  const message = error.message.replace(/^error: /, '');
  return JSON.stringify({
    error: { code: 'INVALID_REQUEST', message, facts: {}, next: commandText('help', '<verb>') },
  });
}
