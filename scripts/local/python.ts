import { LocalAwsError } from './local-aws-error.ts';
import { runProgram } from './run-program.ts';

/** The environment variable that names the Python to use, where the usual names find none or the wrong one. */
const PYTHON_VARIABLE = 'TENANT_BACKUP_PYTHON';

/** The oldest Python that the emulator runs on. */
const OLDEST_MINOR = 10;

const USUAL_NAMES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
] as const;

/** A Python that can make virtual environments. */
export type Python = { readonly file: string; readonly version: string };

type Answer = { readonly file: string; readonly version: string; readonly makesEnvironments: boolean };

const QUESTION = [
  'import sys, importlib.util as u',
  'print(sys.executable)',
  'print("%d.%d.%d" % sys.version_info[:3])',
  'print(all(u.find_spec(name) for name in ("venv", "ensurepip")))',
].join('\n');

/** Asks a Python for its version. A wrapper that selects a Python may exist and print nothing. */
const ask = async (name: string, environment: NodeJS.ProcessEnv): Promise<Answer | undefined> => {
  const { exitCode, output } = await runProgram(name, ['-c', QUESTION], { environment });
  const [file, version, makesEnvironments] = output.split('\n');
  if (exitCode !== 0 || !file || !version) return undefined;
  return { file, version, makesEnvironments: makesEnvironments === 'True' };
};

const isRecent = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= OLDEST_MINOR);
};

const installHint = `install Python 3.${OLDEST_MINOR} or newer (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python3), or set ${PYTHON_VARIABLE} to its file`;

/**
 * Find a Python 3.10 or newer with its `venv` module: the one that `TENANT_BACKUP_PYTHON` names, otherwise the first
 * of `python3`, `python3.14` … `python3.10`, `python` on the PATH.
 * @param environment where PATH and `TENANT_BACKUP_PYTHON` are read
 * @throws LocalAwsError what to install or set
 */
export const findPython = async (environment: NodeJS.ProcessEnv = process.env): Promise<Python> => {
  const named = environment[PYTHON_VARIABLE];
  const answers: Answer[] = [];
  for (const name of named ? [named] : USUAL_NAMES) {
    const answer = await ask(name, environment);
    if (answer === undefined) continue;
    if (isRecent(answer.version) && answer.makesEnvironments)
      return { file: answer.file, version: answer.version };
    answers.push(answer);
  }

  const withoutModule = answers.find(({ version }) => isRecent(version));
  if (withoutModule !== undefined) {
    throw new LocalAwsError(
      `${withoutModule.file} (Python ${withoutModule.version}) lacks its venv or ensurepip module: install it (Debian and Ubuntu: apt-get install python3-venv), or set ${PYTHON_VARIABLE} to another Python`,
    );
  }
  if (named) {
    const found = answers[0] ? `is Python ${answers[0].version}` : 'does not run as a Python';
    throw new LocalAwsError(`${PYTHON_VARIABLE}=${named} ${found}: ${installHint}`);
  }
  const found = answers.map(({ file, version }) => `${file} is Python ${version}`).join(', ');
  throw new LocalAwsError(
    `the local AWS needs Python 3.${OLDEST_MINOR} or newer, found ${found || 'none'}: ${installHint}`,
  );
};
