import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseRequirements } from '../../../scripts/local/requirements.ts';

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;

describe('parseRequirements', () => {
  test('reads names, versions and all hashes, over continued lines, with markers and comments', () => {
    const text = `# a comment\none==1.0 \\\n    --hash=${hash('a')} \\\n    --hash=${hash('b')}\n\ntwo-b==2.0.post1 ; python_version < "3.11" --hash=${hash('c')}\n`;
    expect(parseRequirements(text)).toEqual([
      { name: 'one', version: '1.0', hashes: [hash('a'), hash('b')] },
      { name: 'two-b', version: '2.0.post1', hashes: [hash('c')] },
    ]);
  });

  test('refuses a version that is not exact', () => {
    expect(() => parseRequirements(`one>=1.0 --hash=${hash('a')}`)).toThrow(/not pinned with ==: one>=1\.0/);
  });

  test('refuses a package without hash, or with a short one', () => {
    expect(() => parseRequirements('one==1.0')).toThrow(/one has no sha256 hash/);
    expect(() => parseRequirements('one==1.0 --hash=sha256:abc')).toThrow(/one has no sha256 hash/);
  });

  test('finds every package of the project pinned, the emulator among them', async () => {
    const file = new URL('../../../scripts/local/requirements.txt', import.meta.url);
    const requirements = parseRequirements(await readFile(file, 'utf8'));
    expect(requirements.map(({ name }) => name)).toContain('ministack');
  });
});
