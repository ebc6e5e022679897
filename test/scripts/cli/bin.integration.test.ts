import { execFileSync, spawn } from 'node:child_process';
import { accessSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const BIN = fileURLToPath(new URL('../../../scripts/cli/bin.mjs', import.meta.url));

/** Makes a Node say that it is an old one. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })",
)}`;

async function start(nodeArguments: string[], commandArguments: string[]) {
  const child = spawn(process.execPath, [...nodeArguments, BIN, ...commandArguments], { stdio: 'pipe' });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** The machine's own Node, if it has one beside the project's. */
const systemNode = ['/usr/bin/node', '/usr/local/bin/node'].find((file) => {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
});

describe('tenant-backup', () => {
  test('runs in this Node where that is new enough', async () => {
    expect(await start([], ['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  test('starts the Node of the project where this one is too old, and passes everything on', async () => {
    expect(await start(['--import', OLD_NODE], ['--version'])).toEqual({
      code: 0,
      stdout: '0.1.0\n',
      stderr: '',
    });
    const refused = await start(['--import', OLD_NODE], ['frobnicate']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain("unknown command 'frobnicate'");
  });

  test('runs with whatever Node the machine has', async () => {
    const child = spawn(systemNode ?? process.execPath, [BIN, '--version'], { stdio: 'pipe' });
    expect(await text(child.stdout)).toBe('0.1.0\n');
  });

  test('is on the PATH after npm link', () => {
    const prefix = mkdtempSync(join(tmpdir(), 'tenant-backup-prefix-'));
    const run = (command: string, ...commandArguments: string[]): string =>
      execFileSync(command, commandArguments, {
        cwd: PROJECT,
        env: {
          ...process.env,
          npm_config_prefix: prefix,
          PATH: [join(prefix, 'bin'), process.env['PATH']].join(delimiter),
        },
        encoding: 'utf8',
      });
    try {
      run('npm', 'link', '--no-audit', '--no-fund');
      expect(run('tenant-backup', '--version')).toBe('0.1.0\n');
    } finally {
      rmSync(prefix, { recursive: true });
    }
  });
});
