import { spawnSync } from 'node:child_process';
import { glob, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder, writeNew } from '../../../../scripts/cli/ui/files.ts';
import { rejectionOf } from '../../../rejection.ts';

/** A machine that does not take what a verb writes: real processes, files and limits. */

const environment = { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
const main = new URL('../../../../scripts/cli/main.ts', import.meta.url).pathname;
const fixtures = new URL('../../../fixtures/sealed/', import.meta.url).pathname;
const archive = join(fixtures, 'good-a-tenant.tar');
const privateKey = join(fixtures, 'escrow-TEST-KEY-ONLY.private.pem');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the command in a shell, after this line. */
function runAfter(line: string, args: readonly string[], redirection = '') {
  const script = `${line}\nexec "$0" "$@" ${redirection}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, main, ...args], {
    env: environment,
    encoding: 'utf8',
  });
  return { code: status, stdout, lines: stderr.split('\n').filter(Boolean) };
}

const open = (...out: string[]) => ['open', archive, '--escrow', privateKey, ...out];

test('no verb writes files but through one helper', async () => {
  const writers: string[] = [];
  for await (const file of glob('scripts/cli/**/*.ts')) {
    if (/\b(writeFile|appendFile|createWriteStream|mkdir)(Sync)?\b/.test(await readFile(file, 'utf8'))) {
      writers.push(file);
    }
  }
  expect(writers).toEqual(['scripts/cli/ui/files.ts']);
});

describe('a disk that is full after a few bytes', () => {
  test.each<[verb: string, blocks: number, args: () => string[]]>([
    ['open', 0, () => open('--out', join(folder, 'document.json'))],
    ['escrow create', 1, () => ['escrow', 'create', '--out', folder, '--no-passphrase']],
  ])('leaves nothing of %s, so that it can be repeated', async (_, blocks, args) => {
    const { code, stdout, lines } = runAfter(`ulimit -f ${blocks}`, args());
    expect(stdout).toBe('');
    expect(lines).toEqual([
      expect.stringMatching(/^OUTPUT_FAILED: file .* cannot be written: EFBIG$/),
      expect.stringContaining('next: free space'),
    ]);
    expect(code).toBe(1);
    expect(await readdir(folder)).toEqual([]);
    expect(runAfter('', args()).code).toBe(0);
  });

  test.each([
    ['text', []],
    ['JSON', ['--json']],
  ])('is told of standard output, and nothing is called opened: %s', (_, options) => {
    const { code, lines } = runAfter('', [...open(), ...options], '> /dev/full');
    expect(lines[0]).toContain('OUTPUT_FAILED');
    expect(lines[0]).toContain('standard output cannot be written: ENOSPC');
    expect(lines.join('\n')).not.toMatch(/opened the|\n\s+at /);
    expect(code).toBe(1);
  });
});

describe('a folder that takes no file', () => {
  test.each([
    ['read-only', '/sys/tenant-backup', 'OUTPUT_FAILED', 1],
    ['missing', '/nonexistent/document.json', 'INVALID_REQUEST', 2],
    ['a file', '/dev/null/document.json', 'INVALID_REQUEST', 2],
  ])('%s ends with one line', (_, out, error, exitCode) => {
    const { code, stdout, lines } = runAfter('', open('--out', out));
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(lines[0]).toMatch(new RegExp(`^${error}: file ${out} cannot be written: `));
    expect(lines).toHaveLength(2);
  });

  test('and no folder ends with one line', async () => {
    expect(await rejectionOf(makeFolder('/dev/null/keys'))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'file /dev/null/keys cannot be made: ENOTDIR',
    });
  });
});

describe('a file that exists', () => {
  test('is never written over, and nothing is left beside it', async () => {
    const file = join(folder, 'a.tar');
    await writeFile(file, 'mine');
    expect(await rejectionOf(writeNew(file, 'other', 0o600))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: `file ${file} cannot be written: it exists`,
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['a.tar']);
  });

  test('is written by one of many that race for it', async () => {
    const file = join(folder, 'a.tar');
    const writes = Array.from({ length: 20 }, (_, index) => writeNew(file, String(index), 0o600));
    const settled = await Promise.allSettled(writes);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['a.tar']);
  });
});
