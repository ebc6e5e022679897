import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { openKeyTools } from '../../aws/key-tools.ts';
import { globalOptions, print } from '../../ui/output.ts';
import {
  ALIAS_DELAY,
  aliasOfNewKey,
  type NewKeyOptions,
  parseNewKey,
  refuseTakenLabel,
  withNewKeyOptions,
} from './new-key.ts';

/** `keys create`: makes a further backup key. It seals nothing until it is the default or an enrolment names it. */
export function registerKeysCreate(keys: Command): void {
  withNewKeyOptions(keys.command('create').description('create a KMS key as a further backup key')).action(
    async (options: NewKeyOptions, command: Command) => {
      const name = parseNewKey(options);
      const tools = await openKeyTools(globalOptions(command).stack);
      await refuseTakenLabel(tools, name);
      const { purpose, tenant } = name;
      const keyArn = await tools.administration.create(
        `Seals the ${purpose} parts of tenant backups${tenant === null ? '' : ` of ${tenant}`}; deleting it makes them unreadable`,
      );
      await tools.administration.nameKey(aliasOfNewKey(tools, name), keyArn).catch((error: unknown) => {
        if (!(error instanceof TenantBackupError)) throw error;
        throw new TenantBackupError(error.code, `created key ${keyArn}, but ${error.message}: use keys add`, {
          ...error.facts,
          keyArn,
        });
      });
      print(command, { ...name, keyArn }, `created ${purpose} key ${name.label} (${keyArn}); ${ALIAS_DELAY}`);
    },
  );
}
