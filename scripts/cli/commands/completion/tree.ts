import type { Command, Option } from 'commander';

/** An option to complete. */
export interface CompletionOption {
  readonly long: string;
  readonly description: string;
  /** Whether a value follows. */
  readonly takesValue: boolean;
  /** All allowed values; empty if any value is allowed. */
  readonly choices: readonly string[];
  /** Whether its value is a file or folder. */
  readonly isFile: boolean;
}

/** A verb, with the words that name it; none for the program itself. */
export interface CompletionVerb {
  readonly path: readonly string[];
  readonly verbs: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  /** Allowed values of its first argument. */
  readonly choices: readonly string[];
  /** Whether its first argument is a file. */
  readonly wantsFile: boolean;
}

export type CompletionTree = readonly CompletionVerb[];

/** Lists every verb with its options, global ones included. */
export function completionTree(program: Command): CompletionTree {
  const common = program.options.map(optionOf);
  const walk = (command: Command, path: readonly string[]): CompletionVerb[] => {
    const [first] = command.registeredArguments;
    return [
      {
        path,
        verbs: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
        options: [...(command === program ? [] : command.options.map(optionOf)), ...common, HELP],
        choices: first?.argChoices ?? [],
        wantsFile: first !== undefined && /^(file|archive)$/.test(first.name()),
      },
      ...command.commands.flatMap((child) => walk(child, [...path, child.name()])),
    ];
  };
  return walk(program, []);
}

const HELP: CompletionOption = {
  long: '--help',
  description: 'display help',
  takesValue: false,
  choices: [],
  isFile: false,
};

const optionOf = (option: Option): CompletionOption => ({
  long: option.long ?? '',
  description: option.description,
  takesValue: option.required || option.optional,
  choices: option.argChoices ?? [],
  isFile: /<(file|folder)>/.test(option.flags),
});
