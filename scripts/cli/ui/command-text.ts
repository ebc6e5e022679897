/** Commands that this command prints for a person to type. They name the same deployment. */
import type { Command } from 'commander';

const TARGET_OPTIONS = ['stack', 'profile', 'region'] as const;

let targetOptions: readonly (readonly [name: (typeof TARGET_OPTIONS)[number], value: string])[] = [];

/** Remembers the options of this command line that name the deployment. */
export function rememberTarget(program: Command): void {
  targetOptions = TARGET_OPTIONS.flatMap((name) =>
    program.getOptionValueSource(name) === 'cli'
      ? [[name, String(program.getOptionValue(name))] as const]
      : [],
  );
}

/** Returns a `tenant-backup` command line, with `--stack`, `--profile` and `--region` as on this one.
 * @param words arguments; none for the beginning of any command */
export const commandText = (...words: readonly string[]): string =>
  textOf('tenant-backup', targetOptions.flatMap(optionOf), words);

/** Returns an `aws` command line, with `--profile` and `--region` as on this one. */
export const awsText = (...words: readonly string[]): string =>
  textOf('aws', targetOptions.filter(([name]) => name !== 'stack').flatMap(optionOf), words);

const optionOf = ([name, value]: (typeof targetOptions)[number]): string[] => [`--${name}`, value];

const textOf = (program: string, options: readonly string[], words: readonly string[]): string =>
  [program, ...[...options, ...words].map(quoted)].join(' ');

/** Quotes an argument for a shell. Placeholders such as `<name>` stay unquoted. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$|^<[\w ]+>$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
