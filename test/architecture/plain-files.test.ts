import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './imports.ts';

/** Code of a file without its comments and texts. */
const codeOf = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');

/** Time, chance and environment: arguments of plain files. */
const AMBIENT =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\brandomUUID\b|\brandomBytes\b|\bsetTimeout\b/;

const plainFiles = async (): Promise<string[]> =>
  (await readdir(join(ROOT, 'functions'), { recursive: true }))
    .filter((file) => file.endsWith('.ts') && !/\.(lambda|client)\.ts$|^runtime\//.test(file))
    .sort();

describe('plain files', () => {
  test('know no clock, no chance and no environment', async () => {
    const files = await plainFiles();
    expect(files).toContain('restore/restore.ts');
    const guilty = await Promise.all(
      files.map(async (file) => {
        const found = AMBIENT.exec(codeOf(await readFile(join(ROOT, 'functions', file), 'utf8')));
        return found ? [`${file}: ${found[0]}`] : [];
      }),
    );
    expect(guilty.flat()).toEqual([]);
  });

  test.each([
    'const now = Date.now();',
    'return new Date().toISOString();',
    'const pause = Math.random() * 2;',
    "const key = process.env['KEY'];",
    "const a = ''; // comment\nconst b = new Date();",
  ])('are found out by %j', (code) => {
    expect(codeOf(code)).toMatch(AMBIENT);
  });

  test.each(['const then = new Date(text);', '/** Date.now() */', "// process.env\nconst a = 'new Date()';"])(
    'are not accused of %j',
    (code) => {
      expect(codeOf(code)).not.toMatch(AMBIENT);
    },
  );
});

describe('Lambda entries', () => {
  test('are wrapped by the one middleware stack', async () => {
    const files = (await readdir(join(ROOT, 'functions'), { recursive: true })).filter((file) =>
      file.endsWith('.lambda.ts'),
    );
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      expect(await readFile(join(ROOT, 'functions', file), 'utf8'), file).toMatch(
        /^export const handler = lambda(<|\()/m,
      );
    }
  });
});
