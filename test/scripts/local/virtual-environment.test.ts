import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ensureVirtualEnvironment, explainInstallation } from '../../../scripts/local/virtual-environment.ts';
import { fakePythons } from './fake-python.ts';

const REQUIREMENT = `one==1.0 --hash=sha256:${'a'.repeat(64)}\n`;

/** A project with requirements, and a Python whose pip does as told. */
const project = async (pip?: string) => {
  const folder = await fakePythons({ python3: pip === undefined ? {} : { pip } });
  vi.stubEnv('TENANT_BACKUP_PYTHON', join(folder, 'python3'));
  const requirementsFile = join(folder, 'requirements.txt');
  await writeFile(requirementsFile, REQUIREMENT);
  const environmentsFolder = join(folder, 'venv');
  const reports: string[] = [];
  return {
    requirementsFile,
    environmentsFolder,
    reports,
    ensure: () =>
      ensureVirtualEnvironment({
        requirementsFile,
        environmentsFolder,
        report: (line) => reports.push(line),
      }),
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n'),
  };
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('ensureVirtualEnvironment', () => {
  test('makes it the first time with progress and uses it from then on', async () => {
    const { ensure, reports, calls } = await project();
    const python = await ensure();
    expect(existsSync(python)).toBe(true);
    expect(reports).toEqual([
      'making the virtual environment of the local AWS, this once, with Python 3.12.1',
      'installing 1 pinned packages from the package index',
    ]);
    expect(await ensure()).toBe(python);
    expect(await calls()).toEqual(['made', 'installed']);
  });

  test('makes another one when the requirements change', async () => {
    const { ensure, requirementsFile } = await project();
    const before = await ensure();
    await writeFile(requirementsFile, REQUIREMENT.replace('1.0', '1.1'));
    expect(await ensure()).not.toBe(before);
  });

  test('leaves nothing behind where the installation fails, and tries again the next time', async () => {
    const { ensure, environmentsFolder, calls } = await project('echo "ERROR: broken" >&2; exit 1');
    await expect(ensure()).rejects.toThrow(/pip could not install the local AWS: ERROR: broken/);
    expect(await readdir(environmentsFolder)).toEqual([]);
    await expect(ensure()).rejects.toThrow();
    expect(await calls()).toEqual(['made', 'installed', 'made', 'installed']);
  });

  test('makes it again where its Python has gone', async () => {
    const { ensure, environmentsFolder, calls } = await project();
    const python = await ensure();
    const [name = ''] = await readdir(environmentsFolder);
    await rm(python);
    await mkdir(join(environmentsFolder, name, 'leftover'));
    expect(await ensure()).toBe(python);
    expect(existsSync(join(environmentsFolder, name, 'leftover'))).toBe(false);
    expect(await calls()).toEqual(['made', 'installed', 'made', 'installed']);
  });

  test('ends with one environment where several make it at once', async () => {
    const { ensure, environmentsFolder } = await project('sleep 0.2');
    const pythons = await Promise.all([ensure(), ensure(), ensure()]);
    expect(new Set(pythons).size).toBe(1);
    expect(await readdir(environmentsFolder)).toHaveLength(1);
  });
});

describe('explainInstallation', () => {
  test('tells a package index that cannot be reached', () => {
    const output =
      'WARNING: Retrying (Retry(total=1)) after connection broken by NewConnectionError\nERROR: No matching distribution found for one==1.0\n';
    expect(explainInstallation(output)).toMatch(
      /package index cannot be reached.*PIP_INDEX_URL.*No matching distribution/,
    );
  });

  test('tells files that differ from the pinned ones, by package', () => {
    const output =
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    one==1.0 from https://index.example/one.whl:\n        Expected sha256 aa\n             Got        bb\n';
    expect(explainInstallation(output)).toMatch(/other files than requirements.txt pins \(one==1\.0\)/);
  });
});
