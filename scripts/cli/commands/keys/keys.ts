import type { Command } from 'commander';
import { registerKeyChanges, registerNewKeys } from './change.ts';
import { registerCheck } from './check.ts';
import { registerInspect } from './inspect.ts';
import { registerList } from './list.ts';
import { registerSigning } from './signing.ts';

/** `keys …`: the KMS keys that seal backups. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that seal and sign backups');
  registerList(keys);
  registerNewKeys(keys);
  registerKeyChanges(keys);
  registerInspect(keys);
  registerCheck(keys);
  registerSigning(keys);
}
