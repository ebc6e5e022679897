import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, searchFiles, spellingsOf } from '../../../scripts/local/search-files.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-files-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const folderWith = async (files: Record<string, string | Buffer>): Promise<string> => {
  const made = await mkdtemp(join(folder, 'case-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(made, name, '..'), { recursive: true });
    await writeFile(join(made, name), content);
  }
  return made;
};

describe('filesBelow', () => {
  test('finds regular files at every depth and follows no link', async () => {
    const made = await folderWith({ 'b/c/deep': '1', a: '2' });
    await symlink(join(made, 'b'), join(made, 'link'));
    expect(await filesBelow(made)).toEqual([join(made, 'a'), join(made, 'b/c/deep')]);
  });
});

describe('searchFiles', () => {
  test('tells each file and needle once, and nothing else', async () => {
    const made = await folderWith({
      one: 'xx secret secret yy',
      'sub/two': 'other and secret',
      three: 'clean',
    });
    expect(await searchFiles(made, ['other', 'secret', 'absent'])).toEqual([
      { file: join(made, 'one'), needle: 1 },
      { file: join(made, 'sub/two'), needle: 0 },
      { file: join(made, 'sub/two'), needle: 1 },
    ]);
  });

  test('finds a needle wherever it lies, across the borders of chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.nat(40),
        fc.integer({ min: 1, max: 17 }),
        fc.constantFrom('k', 'needle', 'ananas', 'schlüssel-€-😀'),
        async (before, after, chunkBytes, needle) => {
          const made = await folderWith({ file: `${'n'.repeat(before)}${needle}${'a'.repeat(after)}` });
          expect(await searchFiles(made, ['absent', needle], { chunkBytes })).toEqual([
            { file: join(made, 'file'), needle: 1 },
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('does not join the end of one file with the start of the next', async () => {
    const made = await folderWith({ a: 'see', b: 'cret' });
    expect(await searchFiles(made, ['secret'])).toEqual([]);
  });

  test('refuses an empty needle, which every file would hold', async () => {
    await expect(searchFiles(folder, ['x', ''])).rejects.toThrow(RangeError);
  });
});

describe('spellingsOf', () => {
  test('holds a spelling that shows in the secret encoded with any neighbours', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        const spellings = spellingsOf(secret);
        const text = Buffer.from(before + secret + after);
        // A lone surrogate becomes another character in UTF-8, and cannot be in a file.
        fc.pre(text.toString().includes(secret));
        for (const encoded of [
          text.toString(),
          text.toString('hex'),
          text.toString('base64'),
          text.toString('base64url'),
          JSON.stringify(before + secret + after),
          encodeURIComponent(before + secret + after),
        ]) {
          expect(spellings.some((spelling) => encoded.includes(spelling))).toBe(true);
        }
      }),
    );
  });
});
