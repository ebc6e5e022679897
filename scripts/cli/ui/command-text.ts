/** Commands that are printed for a person to type: they lead to the deployment that this command was given. */
import type { Command } from 'commander';

const LEADING = ['stack', 'profile', 'region'] as const;

let given: readonly (readonly [name: (typeof LEADING)[number], value: string])[] = [];

/** Remembers which of the options that lead to a deployment were typed. */
export function rememberGiven(program: Command): void {
  given = LEADING.flatMap((name) =>
    program.getOptionValueSource(name) === 'cli'
      ? [[name, String(program.getOptionValue(name))] as const]
      : [],
  );
}

/** Returns a command of ours as it is typed, with `--stack`, `--profile` and `--region` where they were given.
 * @param words each of them one argument; none for what every such command begins with */
export const commandText = (...words: readonly string[]): string =>
  textOf('tenant-backup', given.flatMap(optionOf), words);

/** The same of a command of the AWS command line. */
export const awsText = (...words: readonly string[]): string =>
  textOf('aws', given.filter(([name]) => name !== 'stack').flatMap(optionOf), words);

const optionOf = ([name, value]: (typeof given)[number]): string[] => [`--${name}`, value];

const textOf = (program: string, options: readonly string[], words: readonly string[]): string =>
  [program, ...[...options, ...words].map(quoted)].join(' ');

/** As a shell takes it for one argument. What stands for a value, such as `<name>`, stays as it is. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$|^<[\w ]+>$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
