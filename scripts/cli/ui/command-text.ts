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

/** Returns an id from a record or a server for a printed command: a text that is no id becomes a placeholder. It could be an option,
 * or a redirection.
 * @param placeholder what the person has to fill in */
export const idWord = (value: unknown, placeholder: string): string =>
  typeof value === 'string' && ID.test(value) ? value : `<${placeholder}>`;

/** Names, ids of operations, plans and versions, lists of parts, `<tenant>@<version>`. */
const ID = /^[A-Za-z0-9][\w@.,:+-]{0,1200}$/;

const optionOf = ([name, value]: (typeof targetOptions)[number]): string[] => [`--${name}`, value];

const textOf = (program: string, options: readonly string[], words: readonly string[]): string =>
  [program, ...[...options, ...words].map(quoted)].join(' ');

/** Quotes an argument for a shell. Placeholders such as `<name>` stay unquoted. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$|^<[\w ]+>$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
