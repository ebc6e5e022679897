import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import {
  aliasOf,
  describeKey,
  findKey,
  openKeyTools,
  parsePurpose,
  principalsText,
} from '../../aws/key-tools.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { requireUsable } from './usable-key.ts';

/** `keys default`: chooses the key that seals new backups. */
export function registerKeysDefault(keys: Command): void {
  keys
    .command('default')
    .description('seal new backups under this key; old ones still need their own keys')
    .argument('<key>', 'label, id or ARN of a backup key')
    .requiredOption('--purpose <purpose>', 'configuration or credentials')
    .action(async (wanted: string, options: { purpose: string }, command: Command) => {
      const purpose = parsePurpose(options.purpose);
      const { registry, administration, access, defaults } = await openKeyTools(globalOptions(command).stack);
      const known = await registry.list();
      const key = findKey(known, wanted, purpose);
      if (key.tenant !== null) {
        throw new TenantBackupError(
          'INVALID_REQUEST',
          `key must be for all tenants, ${describeKey(key)} is for ${key.tenant} only`,
        );
      }
      requireUsable(await administration.describe(key.keyArn));
      const before = known.find((each) => each.purpose === purpose && each.isDefault)?.keyArn ?? null;
      if (!key.isDefault) await administration.moveAlias(aliasOf(defaults, purpose), key.keyArn);
      const principals = await access.read(key.keyArn);
      print(
        command,
        { purpose, keyArn: key.keyArn, before, principals },
        `${describeKey(key)} ${key.isDefault ? 'is already the default' : 'is now the default; old backups still need their own keys'}${principalsText(principals)}`,
      );
    });
}
