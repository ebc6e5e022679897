import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPython } from '../../../scripts/local/python.ts';
import { fakePythons } from './fake-python.ts';

const SHELL_PATH = '/usr/bin:/bin';

describe('findPython', () => {
  test('takes python3 where it is recent enough', async () => {
    const folder = await fakePythons({ python3: { version: '3.13.0' }, 'python3.10': { version: '3.10.2' } });
    expect(await findPython({ PATH: folder })).toEqual({ file: join(folder, 'python3'), version: '3.13.0' });
  });

  test('passes over one that is too old, one that does not run and one without venv', async () => {
    const folder = await fakePythons({
      python3: { version: '3.9.18' },
      'python3.13': { broken: true },
      'python3.12': { venv: false },
      'python3.10': { version: '3.10.0' },
    });
    expect(await findPython({ PATH: folder })).toMatchObject({ version: '3.10.0' });
  });

  test('says which version it needs and found where all are too old', async () => {
    const folder = await fakePythons({ python3: { version: '3.9.18' } });
    await expect(findPython({ PATH: folder })).rejects.toThrow(
      /needs Python 3\.10 or newer, found .*python3 is Python 3\.9\.18: install Python .*TENANT_BACKUP_PYTHON/,
    );
  });

  test('says what to install where there is none', async () => {
    const folder = await fakePythons({});
    await expect(findPython({ PATH: folder })).rejects.toThrow(/found none: install Python 3\.10 or newer/);
  });

  test('names the package to install where the venv module is missing', async () => {
    const folder = await fakePythons({ python3: { version: '3.11.2', venv: false } });
    await expect(findPython({ PATH: folder })).rejects.toThrow(
      /lacks its venv or ensurepip module.*python3-venv/,
    );
  });

  test('takes the one that TENANT_BACKUP_PYTHON names and no other', async () => {
    const folder = await fakePythons({ python3: {}, mine: { version: '3.14.0' }, old: { version: '3.8.1' } });
    const find = (name: string) =>
      findPython({ PATH: `${folder}:${SHELL_PATH}`, TENANT_BACKUP_PYTHON: join(folder, name) });
    expect(await find('mine')).toMatchObject({ version: '3.14.0' });
    await expect(find('old')).rejects.toThrow(/TENANT_BACKUP_PYTHON=.*old is Python 3\.8\.1: install/);
    await expect(find('none')).rejects.toThrow(/TENANT_BACKUP_PYTHON=.*none does not run as a Python/);
  });
});
