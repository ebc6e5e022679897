import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './at-exit.ts';
import { LocalAwsError } from './local-aws-error.ts';
import { findPython } from './python.ts';
import { parseRequirements } from './requirements.ts';
import { runProgram } from './run-program.ts';

const REQUIREMENTS_FILE = fileURLToPath(new URL('requirements.txt', import.meta.url));
const ENVIRONMENTS_FOLDER = fileURLToPath(new URL('../../.local/venv', import.meta.url));

const pythonOf = (folder: string): string => join(folder, 'bin', 'python');

/** Summarizes pip's error, and says what to do. */
export const explainInstallation = (output: string): string => {
  const lines = output.trim().split('\n');
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/.test(output)) {
    const packages = [...output.matchAll(/^\s+(\S+==\S+) from/gm)].map((match) => match[1]).join(', ');
    return `the package index serves other files than requirements.txt pins (${packages || 'hashes differ'}): use another index, or find out why`;
  }
  if (
    /Retrying \(|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Could not find a version/.test(
      output,
    )
  ) {
    return `the package index cannot be reached or lacks a package: check the network, or set PIP_INDEX_URL (and PIP_CERT, HTTPS_PROXY) as your company's mirror asks (pip: ${lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1)})`;
  }
  return `pip could not install the local AWS: ${lines.slice(-3).join(' ')}`;
};

const make = async (
  folder: string,
  requirementsFile: string,
  report: (line: string) => void,
): Promise<void> => {
  const requirements = parseRequirements(await readFile(requirementsFile, 'utf8'));
  const python = await findPython();
  report(`making the virtual environment of the local AWS, this once, with Python ${python.version}`);
  // Temporary files go with the folder, also where it is never completed.
  const options = { environment: { ...process.env, TMPDIR: folder } };
  const environment = await runProgram(python.file, ['-m', 'venv', folder], options);
  if (environment.exitCode !== 0) {
    throw new LocalAwsError(
      `${python.file} -m venv failed: ${environment.output.trim().split('\n').slice(-3).join(' ')}`,
    );
  }

  report(`installing ${requirements.length} pinned packages from the package index`);
  const installation = await runProgram(
    pythonOf(folder),
    [
      ...['-m', 'pip', 'install', '--require-hashes', '--no-deps', '--only-binary', ':all:'],
      ...['--disable-pip-version-check', '--no-input', '--retries', '2', '--timeout', '20'],
      ...['-r', requirementsFile],
    ],
    options,
  );
  if (installation.exitCode !== 0) throw new LocalAwsError(explainInstallation(installation.output));
};

/**
 * The Python of the virtual environment that holds the emulator. It is made where it is missing: in a folder named
 * after the digest of the requirements, so that other requirements make another one. It is made aside and renamed when
 * it is complete, so a folder of that name is never half made, and of two processes that make it at once one wins.
 * @param report called with a line for each step that takes time
 * @returns the file of its Python
 * @throws LocalAwsError what to install or set
 */
export const ensureVirtualEnvironment = async ({
  report = () => {},
  requirementsFile = REQUIREMENTS_FILE,
  environmentsFolder = ENVIRONMENTS_FOLDER,
}: {
  readonly report?: (line: string) => void;
  readonly requirementsFile?: string;
  readonly environmentsFolder?: string;
} = {}): Promise<string> => {
  const digest = createHash('sha256')
    .update(await readFile(requirementsFile))
    .digest('hex');
  const folder = join(environmentsFolder, digest.slice(0, 16));
  // The link `bin/python` dangles when the Python it was made with has gone.
  if (existsSync(pythonOf(folder))) return pythonOf(folder);
  await rm(folder, { recursive: true, force: true });

  await mkdir(environmentsFolder, { recursive: true });
  const aside = temporaryFolder(join(environmentsFolder, 'making-'));
  try {
    await make(aside.path, requirementsFile, report);
    await rename(aside.path, folder).catch((error: NodeJS.ErrnoException) => {
      const madeByAnother = error.code === 'ENOTEMPTY' || error.code === 'EEXIST';
      if (!madeByAnother) throw error;
    });
  } finally {
    await aside.remove();
  }
  return pythonOf(folder);
};
