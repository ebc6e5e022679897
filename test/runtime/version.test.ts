import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SOFTWARE_VERSION } from '../../functions/runtime/version.ts';

test('the version that manifests say is the one of package.json', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(SOFTWARE_VERSION).toBe(version);
});
