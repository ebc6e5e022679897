import type { Command } from 'commander';
import { isTenantBackupError, TenantBackupError } from '../../../../functions/errors.ts';
import { type KeyTools, openKeyTools } from '../../aws/key-tools.ts';
import { globalOptions, print } from '../../ui/output.ts';
import { withProgress } from '../../ui/progress.ts';
import {
  ALIAS_DELAY,
  aliasOfNewKey,
  type NewKey,
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
      const keyArn = await withProgress(
        command,
        'creating a key; its tag may take five minutes to count',
        () => createNamedKey(tools, name),
      );
      print(
        command,
        { ...name, keyArn },
        `created ${name.purpose} key ${name.label} (${keyArn}); ${ALIAS_DELAY}`,
      );
    },
  );
}

/** @returns ARN of the new key, which has its alias and rotates */
async function createNamedKey(tools: KeyTools, name: NewKey): Promise<string> {
  const { purpose, tenant } = name;
  const keyArn = await tools.administration.create(
    `Seals the ${purpose} parts of tenant backups${tenant === null ? '' : ` of ${tenant}`}; deleting it makes them unreadable`,
  );
  try {
    await tools.administration.enableRotation(keyArn);
    await tools.administration.nameKey(aliasOfNewKey(tools, name), keyArn);
    return keyArn;
  } catch (error) {
    if (!isTenantBackupError(error)) throw error;
    const facts = { ...error.facts, keyArn };
    throw new TenantBackupError(
      error.code,
      `created key ${keyArn}, but ${error.message}: use keys add`,
      facts,
    );
  }
}
