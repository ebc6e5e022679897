import type { Command } from 'commander';
import { registerPatchApply } from './apply.ts';
import { registerPatchMake } from './make.ts';

/** `patch …`: changes of tenants as files. */
export function registerPatch(program: Command): void {
  const patch = program
    .command('patch')
    .description('changes of tenants as files: make them, and apply them');
  registerPatchMake(patch);
  registerPatchApply(patch);
}
