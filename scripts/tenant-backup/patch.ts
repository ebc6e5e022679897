import type { Command } from 'commander';
import { registerPatchApply } from './patch-apply.ts';
import { registerPatchMake } from './patch-make.ts';

/** `patch …`: changes of tenants as files. */
export function registerPatch(program: Command): void {
  const patch = program
    .command('patch')
    .description('changes of tenants as files: make them, and apply them');
  registerPatchMake(patch);
  registerPatchApply(patch);
}
