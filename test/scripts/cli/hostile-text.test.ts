import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeExtract, extractWorkspace } from '../../../scripts/cli/commands/open/extract-workspace.ts';
import { buildProgram } from '../../../scripts/cli/program.ts';
import { red } from '../../../scripts/cli/ui/output.ts';
import { painted, sanitized, writeOut } from '../../../scripts/cli/ui/terminal.ts';
import { commandLine, runHere, type Verb, verbsOf } from './command-tree.ts';
import { EVIL, hostileArchive, startHostileAws } from './hostile-aws.ts';

const ESCAPE = String.fromCharCode(27);
/** What a terminal obeys, but for the ends of our own lines. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const VERBS = verbsOf(buildProgram()).map((verb): [string, Verb] => [verb.path, verb]);

/** Verbs that show texts of tenants, archives and servers in every case. */
const SHOWING: Readonly<Record<string, readonly string[]>> = {
  plan: ['plan', 'acme'],
  diff: ['diff', 'acme'],
  'restore --dry-run': ['restore', 'acme', '--dry-run'],
  'restore --yes': ['restore', 'acme', '--yes'],
  'restore by a dry run': ['restore', 'acme', '--parts', 'hub,system'],
  restore: ['restore', 'acme'],
  status: ['status', 'acme'],
  drill: ['drill'],
  report: ['report'],
  list: ['list'],
  'tenants list': ['tenants', 'list'],
  verify: ['verify', '--no-open'],
};

function judge({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): void {
  expect(stdout).not.toMatch(OBEYED);
  expect(stderr).not.toMatch(OBEYED);
  for (const line of [...stdout.split('\n'), ...stderr.split('\n')]) expect(line).not.toMatch(/^FORGED/);
}

const scratch = mkdtempSync(join(tmpdir(), 'tenant-backup-hostile-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each([false, true])('an AWS of hostile texts, whose functions fail: %s', (functionsFail) => {
  let aws: Awaited<ReturnType<typeof startHostileAws>>;
  beforeAll(async () => {
    aws = await startHostileAws(functionsFail);
    return () => aws.close();
  });
  beforeEach(() => {
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_PROFILE', undefined);
    return () => vi.unstubAllEnvs();
  });

  test.each(VERBS)('`%s` shows nothing that a terminal obeys', async (path, verb) => {
    const waits = path === 'run' ? ['--timeout', '0'] : [];
    judge(await runHere([...commandLine(verb), ...waits]));
    judge(await runHere([...commandLine(verb), ...waits, '--json']));
  });

  test.each(Object.entries(SHOWING))('`%s` shows it, where it can be seen', async (_path, line) => {
    const result = await runHere(line);
    judge(result);
    expect(result.stdout + result.stderr).toMatch(/\\u001b|\\u202e/);
    judge(await runHere([...line, '--json']));
  });
});

describe('an archive of hostile texts', () => {
  const file = join(scratch, 'acme.tar');
  beforeAll(() => writeFileSync(file, hostileArchive()));

  test.each(['inspect', 'keys inspect', 'upload --tier safety', 'open --out /nowhere/x'])(
    '%s',
    async (words) => {
      const result = await runHere([...words.split(' '), file]);
      judge(result);
      if (words === 'inspect') expect(result.stderr).toMatch(/^MANIFEST_MALFORMED: /);
    },
  );

  test('a workspace of which names are hostile', () => {
    const idp = { name: 'x', identity_pool_id: EVIL };
    const tree = { name: 'T', servers: { main: { name: 'M', idps: { [EVIL]: idp } } } };
    const written = capture(() => writeOut(describeExtract(extractWorkspace(tree as never, 'hub', 'main'))));
    judge({ stdout: written, stderr: '' });
    expect(written).toContain('\\u001b[2K');
  });
});

describe('colours', () => {
  beforeEach(() => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', '1');
    return () => vi.unstubAllEnvs();
  });

  test('are our own alone', () => {
    const written = capture(() => writeOut(red(`failed: ${ESCAPE}[32mverified${ESCAPE}[39m`)));
    expect(written).toBe(`${ESCAPE}[31mfailed: \\u001b[32mverified\\u001b[39m${ESCAPE}[39m\n`);
  });

  test('cannot be forged by what was shown before', () => {
    const mark = painted('green', '|').split('|')[0] ?? '';
    const forged = mark.replace(/[0-9a-f]{8}-/, '00000000-');
    expect(forged).not.toBe(mark);
    expect(capture(() => writeOut(forged))).not.toContain(ESCAPE);
    expect(sanitized(sanitized(mark))).toBe(mark);
  });
});

function capture(work: () => void): string {
  let written = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
  work();
  spy.mockRestore();
  return written;
}

test('only one file writes to the terminal', () => {
  const folder = new URL('../../../scripts/cli/', import.meta.url);
  const writing = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /console\.|std(out|err)\.write|stream: process\.std/.test(readFileSync(new URL(file, folder), 'utf8')),
    );
  expect(writing.sort()).toEqual(['ui/ask.ts', 'ui/progress.ts', 'ui/terminal.ts']);
});
