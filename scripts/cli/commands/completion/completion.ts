import { Argument, type Command } from 'commander';
import { print } from '../../ui/output.ts';
import { bashScript, fishScript, zshScript } from './scripts.ts';
import { type CompletionTree, completionTree } from './tree.ts';

const SCRIPTS: Readonly<Record<string, (tree: CompletionTree) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `completion`: prints a completion script for a shell. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a shell script that completes verbs, options and choices')
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
Load it:
  bash  source <(tenant-backup completion bash)
  zsh   source <(tenant-backup completion zsh)
  fish  tenant-backup completion fish | source`,
    )
    .action((shell: string, _options: object, command: Command) => {
      const script = SCRIPTS[shell]?.(completionTree(program)) ?? '';
      print(command, { shell, script }, script.trimEnd().split('\n'));
    });
}
