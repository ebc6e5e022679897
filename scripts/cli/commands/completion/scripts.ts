/** Completion scripts. They are static: the Tab key does not run this command. */
import type { CompletionOption, CompletionTree, CompletionVerb } from './tree.ts';

const NAME = 'tenant-backup';
const keyOf = ({ path }: CompletionVerb): string => path.join(' ');

/** Returns the script for bash 3.2 and newer. */
export function bashScript(tree: CompletionTree): string {
  const valueOptions = unique(tree.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue)));
  const cases = tree.map(
    (verb) =>
      `    ${quoted(keyOf(verb))}) verbs=${quoted(verb.verbs.map(({ name }) => name).join(' '))}; flags=${quoted(verb.options.map(({ long }) => long).join(' '))}; values=${quoted(verb.choices.join(' '))}; file=${verb.wantsFile ? 1 : ''} ;;`,
  );
  const values = tree.flatMap((verb) =>
    verb.options.flatMap(({ long, choices, isFile, takesValue }) => {
      if (!takesValue) return [];
      const answer = isFile
        ? 'COMPREPLY=($(compgen -f -- "$word"))'
        : `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$word"))`;
      return [`    ${quoted(`${keyOf(verb)} ${long}`)}) ${answer}; return ;;`];
    }),
  );
  return `# completion of ${NAME} for bash
_tenant_backup() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local at="" index=1 each verbs="" flags="" values="" file=""
  while [ "$index" -lt "$COMP_CWORD" ]; do
    each="\${COMP_WORDS[index]}"
    case "$each" in
      ${valueOptions.map(({ long }) => long).join('|')}) index=$((index + 1)) ;;
      -*) ;;
      *) case "\${at:+$at }$each" in
        ${tree
          .filter(({ path }) => path.length > 0)
          .map((verb) => quoted(keyOf(verb)))
          .join('|')}) at="\${at:+$at }$each" ;;
      esac ;;
    esac
    index=$((index + 1))
  done
  case "$at $before" in
${values.join('\n')}
  esac
  case "$at" in
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) if [ -n "$file" ]; then COMPREPLY=($(compgen -f -- "$word")); else COMPREPLY=($(compgen -W "$verbs $values" -- "$word")); fi ;;
  esac
}
complete -F _tenant_backup ${NAME}`;
}

/** Returns the script for zsh, which runs bash completions. */
export const zshScript = (tree: CompletionTree): string =>
  `# completion of ${NAME} for zsh
autoload -Uz +X compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${bashScript(tree)}`;

/** Returns the script for fish, which also shows descriptions. */
export function fishScript(tree: CompletionTree): string {
  const lines = tree.flatMap((verb) => {
    const here = fishCondition(verb);
    return [
      ...verb.verbs.map(
        ({ name, description }) =>
          `complete -c ${NAME} -n ${quoted(here)} -f -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...(verb.choices.length > 0
        ? [`complete -c ${NAME} -n ${quoted(here)} -f -a ${quoted(verb.choices.join(' '))}`]
        : []),
      ...verb.options.map(({ long, description, takesValue, choices, isFile }) =>
        [
          `complete -c ${NAME} -n ${quoted(here)} -l ${long.slice(2)} -d ${quoted(description)}`,
          ...(takesValue ? [isFile ? '-r' : '-x'] : []),
          ...(choices.length > 0 ? [`-a ${quoted(choices.join(' '))}`] : []),
        ].join(' '),
      ),
    ];
  });
  const known = tree.filter(({ path }) => path.length > 0).map((verb) => quoted(keyOf(verb)));
  return `# completion of ${NAME} for fish
function __tenant_backup_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$at $word")
    contains -- $longer ${known.join(' ')}; and set at $longer
  end
  test "$at" = "$argv"
end
${lines.join('\n')}`;
}

/** Returns a condition that is true if the words so far are this verb. */
const fishCondition = (verb: CompletionVerb): string => `__tenant_backup_at ${keyOf(verb)}`.trim();

const unique = (options: readonly CompletionOption[]): CompletionOption[] => [
  ...new Map(options.map((option) => [option.long, option])).values(),
];

/** Quotes a word for all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
