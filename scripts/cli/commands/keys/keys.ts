import type { Command } from 'commander';
import { registerKeysAdd } from './add.ts';
import { registerKeysCheck } from './check.ts';
import { registerKeysCreate } from './create.ts';
import { registerKeysDefault } from './default.ts';
import { registerKeysInspect } from './inspect.ts';
import { registerKeysList } from './list.ts';
import { registerKeysRotate } from './rotate.ts';
import { registerKeysSigning } from './signing.ts';

/** `keys …`: the KMS keys that seal and sign backups. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that seal and sign backups');
  registerKeysList(keys);
  registerKeysCreate(keys);
  registerKeysAdd(keys);
  registerKeysDefault(keys);
  registerKeysRotate(keys);
  registerKeysInspect(keys);
  registerKeysCheck(keys);
  registerKeysSigning(keys);
}
