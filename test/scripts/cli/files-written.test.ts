import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../../scripts/cli/', import.meta.url);
const filesWith = (pattern: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && pattern.test(readFileSync(new URL(file, folder), 'utf8')))
    .sort();

test('the command keeps no cache and no secret: it writes only the file that a person names', () => {
  const writing =
    /\b(writeFile|appendFile|createWriteStream|mkdir|mkdtemp|cp|copyFile|open)\b[^\n]*from 'node:fs|homedir|tmpdir/;
  expect(filesWith(writing)).toEqual(['ui/files.ts']);
  expect(filesWith(/\bwriteNew\(/)).toEqual([
    'commands/download.ts',
    'commands/escrow/create.ts',
    'commands/open/open.ts',
    'commands/patch/make.ts',
    'commands/report/report.ts',
    'ui/files.ts',
    'ui/key-files.ts',
  ]);
});
