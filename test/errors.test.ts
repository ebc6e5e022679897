import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { errorCodes, isTenantBackupError, TenantBackupError } from '../functions/errors.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Text of every source file that may raise an error. */
async function sources(): Promise<string> {
  const files = (
    await Promise.all(
      ['functions', 'infra', 'scripts'].map(async (folder) =>
        (await readdir(join(ROOT, folder), { recursive: true })).map((file) => join(ROOT, folder, file)),
      ),
    )
  ).flat();
  const typescript = files.filter((file) => file.endsWith('.ts') && !file.endsWith('functions/errors.ts'));
  return (await Promise.all(typescript.map((file) => readFile(file, 'utf8')))).join('\n');
}

describe('error codes', () => {
  test('are each raised somewhere', async () => {
    const text = await sources();
    // Raised as a literal in code, not merely mentioned in a docstring.
    expect(errorCodes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  test('are each documented where they are declared', async () => {
    const text = await readFile(join(ROOT, 'functions/errors.ts'), 'utf8');
    const undocumented = errorCodes.filter(
      (code) => !new RegExp(`/\\*\\* [A-Z][^\\n]{20,}[.)] \\*/\\n  ${code}: '`).test(text),
    );
    expect(undocumented).toEqual([]);
  });

  test('are upper case words', () => {
    for (const code of errorCodes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  });
});

describe('TenantBackupError', () => {
  test('is named by its code, which Lambda tells the invoker', () => {
    const error = new TenantBackupError('NO_BACKUP', 'tenant "acme" has no backup', { tenant: 'acme' });
    expect(error).toMatchObject({ name: 'NO_BACKUP', code: 'NO_BACKUP', disposition: 'reject' });
    expect(isTenantBackupError(error)).toBe(true);
  });

  test('knows errors of others from its own', () => {
    expect(isTenantBackupError(Object.assign(new Error('x'), { code: 'NO_BACKUP' }))).toBe(false);
    expect(isTenantBackupError(undefined)).toBe(false);
  });
});
