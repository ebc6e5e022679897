import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import type { RestoreReport } from '../../../../../functions/restore/parts/restore-report.ts';
import { printRestore, restoreText } from '../../../../../scripts/cli/commands/restore/restore-text.ts';
import { partsWords } from '../../../../../scripts/cli/ui/parts-option.ts';

const report = (recorded: boolean): RestoreReport => ({
  verdict: 'verified',
  outcome: 'restored',
  operationId: '0f0e0d0c-0000-4000-8000-000000000000',
  operation: 'restore',
  tenant: 'acme',
  mode: 'update',
  dryRun: false,
  recorded,
  backup: null,
  changes: null,
  safetyBackup: 'v1',
  counts: {} as never,
  compared: 7,
  equal: 7,
  objects: {},
  extra: 0,
  differing: [],
  pruned: [],
  leftOut: [],
  credentialsDiffering: [],
  outside: { compared: 0, equal: 0, differing: [] },
  problems: [],
  warnings: [],
  parts: {},
  otherParts: [],
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What the command prints of a restore, and its exit code. */
function printed(recorded: boolean, ...options: string[]) {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const command = new Command().option('--json').exitOverride();
  command.parse(options, { from: 'user' });
  printRestore(report(recorded), command);
  const exitCode = process.exitCode;
  vi.restoreAllMocks();
  return { text, exitCode };
}

test('a verified restore without a record says so, in text, JSON and exit code', () => {
  const { text, exitCode } = printed(false);
  expect(text).toMatch(/verified[\s\S]*not recorded: /);
  expect(exitCode).toBe(4);
  const json = printed(false, '--json');
  expect(JSON.parse(json.text)).toMatchObject({ verdict: 'verified', recorded: false });
  expect(json.exitCode).toBe(4);
});

test('a dry run shows values, and every deletion', () => {
  const change = (kind: 'updated' | 'pruned', id: string, properties: object[] = []) =>
    ({ type: 'client', id, pointer: `/clients/${id}`, kind, isDependency: false, properties }) as never;
  const changes = [
    change('updated', 'web', [
      { pointer: '/clients/web/client_name', old: 'Web', new: 'Portal', secret: false },
      { pointer: '/clients/web/client_secret', secret: true },
    ]),
    ...Array.from({ length: 300 }, (_, at) => change('pruned', `old-${at}`)),
  ];
  const lines = restoreText({ ...report(true), dryRun: true, changes });
  expect(lines).toContain('    client_name: "Web" → "Portal"');
  expect(lines).toContain('    client_secret: secret differs');
  expect(lines.filter((line) => line.startsWith('- client old-'))).toHaveLength(300);
});

test('a recorded one does not', () => {
  const { text, exitCode } = printed(true);
  expect(text).not.toContain('not recorded');
  expect(exitCode).toBeUndefined();
});

test('a report says what it restores and what it leaves out', () => {
  const parts = { hub: report(true), system: report(true) };
  const lines = restoreText({ ...report(true), parts, otherParts: ['identity'] });
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^parts +hub, system; people are left out: name them with --parts hub,system,identity$/,
    ),
  );
  const one = restoreText({
    ...report(true),
    parts: { hub: report(true) },
    otherParts: ['system', 'identity'],
  });
  expect(one).toContainEqual(expect.stringMatching(/^parts +hub; left out of the backup: system, identity$/));
});

test('the command that undoes a restore names its parts', () => {
  expect([partsWords([]), partsWords(['hub']), partsWords(['hub', 'system'])]).toEqual([
    [],
    ['--parts', 'hub'],
    ['--parts', 'hub,system'],
  ]);
});
