import { styleText } from 'node:util';
import { type Command, CommanderError } from 'commander';
import { toTenantBackupError } from '../../functions/defect.ts';
import { isTenantBackupError } from '../../functions/errors.ts';
import { ExitCode } from './exit-code.ts';
import { hintFor } from './hints.ts';

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
    const text = asJson ? describeAsJson(error) : describe(error);
    if (text !== null) process.stderr.write(`${text}\n`);
  }
}

/** Commander leaves the process by itself; thrown, its exits come through here like every other end. */
function exitByThrowing(command: Command, quiet: boolean): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, 'INVALID_REQUEST: ')),
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

function describe(error: unknown): string | null {
  // Commander has written its own message.
  if (error instanceof CommanderError) return null;
  const known = toTenantBackupError(error);
  const code = styleText('red', known.code, { stream: process.stderr });
  return `${code}: ${known.message}\n  next: ${hintFor(known)}`;
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
    error: { code: 'INVALID_REQUEST', message, facts: {}, next: 'tenant-backup help <verb>' },
  });
}
