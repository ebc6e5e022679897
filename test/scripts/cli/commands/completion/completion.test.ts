import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { bashScript, fishScript, zshScript } from '../../../../../scripts/cli/commands/completion/scripts.ts';
import { completionTree } from '../../../../../scripts/cli/commands/completion/tree.ts';
import { buildProgram } from '../../../../../scripts/cli/program.ts';
import { verbsOf } from '../../command-tree.ts';

const tree = completionTree(buildProgram());
const script = bashScript(tree);

/** What bash offers where the last word is being written. */
function complete(...words: string[]): string[] {
  const ask = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenant_backup; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-uc', ask, 'bash', 'tenant-backup', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

describe('in bash', () => {
  test('every verb is completed, word by word, with its own options', () => {
    for (const { words, command } of verbsOf(buildProgram())) {
      for (const [index, word] of words.entries()) {
        expect(complete(...words.slice(0, index), word.slice(0, 2))).toContain(word);
      }
      const options = complete(...words, '--');
      expect(options).toEqual(
        expect.arrayContaining(command.options.flatMap(({ long }) => long ?? []).concat('--json', '--help')),
      );
    }
  });

  test.each<[words: string[], offered: string[]]>([
    [['list', '--tier', 'w'], ['weekly']],
    [
      ['restore', 'acme', '--mode', ''],
      ['ignore', 'fail', 'update'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    // The value of an option is no verb.
    [['--stack', 'keys', 'tenants', 'res'], ['resume']],
    [['--stack', 'ke'], []],
    [
      ['keys', 'list', '--no-co'],
      ['--no-count', '--no-color'],
    ],
    [['list', '--no-cou'], []],
    [['frobnicate', 'li'], ['list']],
  ])('%j is completed by %j', (words, offered) => {
    expect(complete(...words)).toEqual(offered);
  });

  test('files are completed where files are meant', () => {
    expect(complete('inspect', 'packag')).toContain('package.json');
    expect(complete('open', 'x.tar', '--out', 'READ')).toEqual(['README.md']);
  });
});

test('zsh runs the same, and names no variable that it keeps for itself', () => {
  expect(zshScript(tree)).toContain(script);
  for (const name of ['path', 'options', 'words', 'status', 'argv']) {
    expect(script).not.toMatch(new RegExp(`(^|\\s)${name}=`, 'm'));
  }
});

test('fish has a line for each option of each verb', () => {
  const lines = fishScript(tree).split('\n');
  for (const { path, options } of tree) {
    for (const { long } of options) {
      const here = `-n '${`__tenant_backup_at ${path.join(' ')}`.trim()}' -l ${long.slice(2)} `;
      expect(
        lines.some((line) => line.includes(here)),
        here,
      ).toBe(true);
    }
  }
});
