import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { afterEach, describe, expect, test } from 'vitest';
import { awsText, commandText, rememberTarget } from '../../../../scripts/cli/ui/command-text.ts';
import { runHere } from '../command-tree.ts';

/** As a person gives them. */
function give(...args: string[]): void {
  const program = new Command()
    .option('--stack <name>', '', 'TenantBackup')
    .option('--profile <name>')
    .option('--region <name>');
  rememberTarget(program.parse(args, { from: 'user' }));
}

afterEach(() => give());

describe('a printed command', () => {
  test('leads to the deployment that was given', () => {
    give('--stack', 'Other', '--profile', 'prod', '--region', 'eu-west-1');
    expect(commandText('status', 'acme')).toBe(
      'tenant-backup --stack Other --profile prod --region eu-west-1 status acme',
    );
    expect(awsText('kms', 'enable-key')).toBe('aws --profile prod --region eu-west-1 kms enable-key');
  });

  test('says no more than was given', () => {
    expect(commandText('status', 'acme')).toBe('tenant-backup status acme');
    give('--region', 'eu-west-1');
    expect(commandText()).toBe('tenant-backup --region eu-west-1');
  });

  test.each(['my profile', "it's", '$(id)', '`id`', 'a;b', '', '*', '"', 'a\\b', '~', '!!', '-x', '#'])(
    'has %j as one argument',
    (word) => {
      give(`--profile=${word}`);
      const printed = commandText('restore', word).replace('tenant-backup', "printf '%s|'");
      const { stdout } = spawnSync('sh', ['-c', printed], { encoding: 'utf8' });
      expect(stdout).toBe(`--profile|${word}|restore|${word}|`);
    },
  );
});

test('the hint after an error repeats them, before and after the verb', async () => {
  const stack = ['--stack', 'My stack'];
  for (const words of [
    ['list', 'Not a name', ...stack],
    [...stack, 'list', 'Not a name'],
  ]) {
    expect((await runHere(words)).stderr).toContain("next: tenant-backup --stack 'My stack' help <verb>");
  }
});

test('every command is built by that function', () => {
  const folder = new URL('../../../../scripts/cli/', import.meta.url);
  // Those of `hints.ts` are built of checked ids, see its tests.
  const literal = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith('.ts') && !['ui/hints.ts', 'commands/completion/completion.ts'].includes(file),
    )
    .flatMap((file) =>
      readFileSync(new URL(file, folder), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
        .filter((line) => /['`( ](tenant-backup [a-z$]|aws [a-z0-9]+ [a-z])/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(literal).toEqual([]);
});
