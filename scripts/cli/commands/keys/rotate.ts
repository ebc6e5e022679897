import type { Command } from 'commander';
import { describeKey, findKey, openKeyTools, parsePurpose } from '../../aws/key-tools.ts';
import { globalOptions, print } from '../../ui/output.ts';

/** `keys rotate`: starts an on-demand rotation. */
export function registerKeysRotate(keys: Command): void {
  keys
    .command('rotate')
    .description('rotate the key material now; old backups still open')
    .argument('<key>', 'label, id or ARN of a backup key')
    .option('--purpose <purpose>', 'configuration or credentials, if both have that label')
    .action(async (wanted: string, options: { purpose?: string }, command: Command) => {
      const purpose = options.purpose === undefined ? undefined : parsePurpose(options.purpose);
      const { registry, administration } = await openKeyTools(globalOptions(command).stack);
      const key = findKey(await registry.list(), wanted, purpose);
      await administration.rotate(key.keyArn);
      print(
        command,
        { purpose: key.purpose, keyArn: key.keyArn },
        `KMS is rotating ${describeKey(key)} (${key.keyArn}); keys list shows when it is done`,
      );
    });
}
