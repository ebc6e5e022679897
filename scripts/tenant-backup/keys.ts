import type { Command } from 'commander';
import { registerKeyChanges, registerNewKeys } from './keys-change.ts';
import { registerCheck } from './keys-check.ts';
import { registerInspect } from './keys-inspect.ts';
import { registerList } from './keys-list.ts';
import { registerSigning } from './keys-signing.ts';

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
