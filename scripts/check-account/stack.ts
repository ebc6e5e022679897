import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STACK_NAME } from '../../functions/runtime/names.ts';
import { temporaryFolder } from '../local/at-exit.ts';
import { essentialError } from '../local/deploy.ts';
import { runProgram } from '../local/run-program.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url));
const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));
const COMMAND = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** Name of the stack that the check deploys, and beginning of all its names. */
export const CHECK_STACK = `${STACK_NAME}Check`;

/** Its only schedule. */
export const CHECK_SCHEDULE = 'check';

/** Beginning of the names of its enrolments. */
export const ENROLMENT_PREFIX = 'tenant-backup-check/tenants/';

/** Settings of the stack: a trial that leaves nothing, with a schedule that fires soon, and enrolments of its own. */
const SETTINGS = {
  stackName: CHECK_STACK,
  enrolmentPrefix: ENROLMENT_PREFIX,
  removal: 'destroy',
  schedules: [{ name: CHECK_SCHEDULE, expression: 'rate(1 minute)', tier: 'daily' }],
};

/** Runs the CDK on the stack of the check.
 * @throws Error with the lines that say why it failed */
export async function runCdk(
  verb: 'deploy' | 'destroy',
  options: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  // The CDK locks its output folder: another synthesis in the project must not stop this one.
  const temporary = temporaryFolder(join(tmpdir(), 'tenant-backup-check-'));
  const settings = ['--context', `tenantBackup=${JSON.stringify(SETTINGS)}`, '--output', temporary.path];
  const { exitCode, output } = await runProgram(
    process.execPath,
    [CDK, verb, CHECK_STACK, ...settings, ...options, '--progress', 'events', '--ci', '--no-color'],
    { folder: PROJECT_FOLDER, onLine },
  );
  await temporary.remove();
  if (exitCode !== 0) throw new Error(`cdk ${verb} failed:\n${essentialError(output)}`);
}

/** Runs the operator's command on the stack of the check.
 * @param codes exit codes that are no failure
 * @returns its standard output and error
 * @throws Error with both */
export async function runCommand(words: readonly string[], codes: readonly number[] = [0]): Promise<string> {
  const { exitCode, output } = await runProgram(process.execPath, [
    COMMAND,
    ...words,
    '--stack',
    CHECK_STACK,
    '--no-color',
  ]);
  const text = output.trim();
  if (exitCode !== null && codes.includes(exitCode)) return text;
  throw new Error(`tenant-backup ${words.join(' ')} ended with ${exitCode}:\n${text}`);
}
