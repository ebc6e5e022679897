import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// The outer Node runs this file, so that it is JavaScript.
const { DIGESTS, problemOf, VERSION } = await import(
  new URL('../../scripts/check-node.mjs', import.meta.url).href
);

const PROJECT = join(import.meta.dirname, '..', '..');
const INSTALLED = join(PROJECT, 'node_modules', 'node', 'bin', 'node');
const PLATFORM = `${process.platform}-${process.arch}`;

const packageJson = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-backup-node-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the digests are of the Node that the project installs, and npm checks them', () => {
  expect(packageJson.devDependencies.node).toBe(VERSION);
  expect(packageJson.scripts.prepare).toBe('"$npm_node_execpath" scripts/check-node.mjs');
  expect(problemOf(INSTALLED, PLATFORM)).toBeNull();
});

describe('a Node', () => {
  const copy = (): string => {
    const file = join(folder, 'node');
    cpSync(INSTALLED, file);
    return file;
  };

  test.each<[what: string, change: (file: string) => void]>([
    ['has a byte more', (file) => appendFileSync(file, '\0')],
    ['is cut off', (file) => truncateSync(file, 1_000_000)],
    ['is empty', (file) => truncateSync(file)],
    ['is a script', (file) => writeFileSync(file, '#!/bin/sh\necho v24.21.0\n')],
  ])('is refused that %s', (_what, change) => {
    const file = copy();
    change(file);
    expect(problemOf(file, PLATFORM)).toMatch(/must have the SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}$/);
  });

  test('is refused that is of another platform', () => {
    const other = Object.keys(DIGESTS).find((each) => each !== PLATFORM) ?? '';
    expect(problemOf(INSTALLED, other)).toMatch(/must have the SHA-256/);
  });

  test.each(['sunos-x64', 'constructor', ''])('is refused on a platform without a digest: %s', (platform) => {
    expect(problemOf(INSTALLED, platform)).toMatch(/^no digest/);
  });

  test('may be absent', () => {
    expect(problemOf(join(folder, 'node'), PLATFORM)).toBeNull();
  });
});

test('the script of an install ends with an error where the Node is another', () => {
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'node_modules', 'node', 'bin'), { recursive: true });
  cpSync(join(PROJECT, 'scripts', 'check-node.mjs'), join(folder, 'scripts', 'check-node.mjs'));
  writeFileSync(join(folder, 'node_modules', 'node', 'bin', 'node'), 'another');
  const { prepare } = packageJson.scripts;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts: { prepare } }));
  const { status, stderr } = spawnSync('npm', ['run', 'prepare'], { cwd: folder, encoding: 'utf8' });
  expect({ failed: status !== 0, stderr }).toEqual({
    failed: true,
    stderr: expect.stringContaining('NODE_UNTRUSTED: '),
  });
});
