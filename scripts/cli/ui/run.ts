import { type Command, CommanderError } from 'commander';
import { toTenantBackupError } from '../../../functions/defect.ts';
import { isTenantBackupError, TenantBackupError } from '../../../functions/errors.ts';
import { visible } from '../../../functions/visible.ts';
import { commandText } from './command-text.ts';
import { ExitCode } from './exit-code.ts';
import { hintFor } from './hints.ts';
import { painted, writeError } from './terminal.ts';

/** Runs a command line. Prints a failure in two lines, code with reason and the next step, or as JSON with `--json`; never a
 * stack trace. */
export async function run(program: Command, argv: readonly string[]): Promise<void> {
  const asJson = argv.includes('--json');
  // Before commander writes, so that errors in the command line have no colours either.
  if (argv.includes('--no-color')) {
    process.env['NO_COLOR'] = '1';
    delete process.env['FORCE_COLOR'];
  }
  exitByThrowing(program, asJson);
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    writeError((asJson ? errorJson(error) : errorText(error)) ?? []);
  }
}

/** Ends the command if standard output fails. A reader such as `head` may close the pipe early, which is no failure; a full disk
 * is one. */
export function endOnOutputError(argv: readonly string[]): void {
  process.stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(process.exitCode ?? ExitCode.ok);
    const failure = new TenantBackupError('OUTPUT_FAILED', `standard output cannot be written: ${code}`);
    writeError((argv.includes('--json') ? errorJson(failure) : errorText(failure)) ?? []);
    process.exit(ExitCode.failed);
  });
}

/** Makes commander throw where it would end the process, so that `run` handles every end. */
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
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.invalidUse;
  if (isTenantBackupError(error) && INVALID_USE.has(error.code)) return ExitCode.invalidUse;
  return ExitCode.failed;
}

const INVALID_USE: ReadonlySet<string> = new Set(['INVALID_REQUEST', 'ID_AMBIGUOUS']);

function errorText(error: unknown): string[] | null {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return null;
  const known = toTenantBackupError(error);
  const code = painted('red', known.code, process.stderr);
  return [`${code}: ${known.message}`, `  next: ${hintFor(known)}`];
}

function errorJson(error: unknown): string | null {
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
