import type { Command } from 'commander';
import { registerPatchApply } from './apply.ts';
import { registerPatchMake } from './make.ts';

/** `patch …`: changes of a tenant as files. */
export function registerPatch(program: Command): void {
  const patch = program.command('patch').description('make and apply files with the changes of a tenant');
  registerPatchMake(patch);
  registerPatchApply(patch);
}
