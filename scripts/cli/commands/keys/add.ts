import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import { openKeyTools, principalsText } from '../../aws/key-tools.ts';
import { globalOptions, print } from '../../ui/output.ts';
import {
  ALIAS_DELAY,
  aliasOfNewKey,
  type NewKeyOptions,
  parseNewKey,
  refuseTakenLabel,
  withNewKeyOptions,
} from './new-key.ts';
import { requireUsable } from './usable-key.ts';

/** `keys add`: makes an existing KMS key a backup key. It seals nothing until it is the default or an enrolment names it. */
export function registerKeysAdd(keys: Command): void {
  withNewKeyOptions(
    keys
      .command('add')
      .description('make an existing KMS key a backup key')
      .argument('<key>', 'id or ARN of the key'),
  ).action(async (key: string, options: NewKeyOptions, command: Command) => {
    const name = parseNewKey(options);
    const tools = await openKeyTools(globalOptions(command).stack);
    await refuseTakenLabel(tools, name);
    const condition = await tools.administration.describe(key);
    requireUsable(condition);
    requireSamePlace(condition.keyArn, tools.defaults[name.purpose]);
    await tools.administration.nameKey(aliasOfNewKey(tools, name), condition.keyArn);
    const { keyArn } = condition;
    const principals = await tools.access.read(keyArn);
    print(
      command,
      { ...name, keyArn, principals },
      `added ${name.purpose} key ${name.label} (${keyArn}); ${ALIAS_DELAY}${principalsText(principals)}`,
    );
  });
}

/** Refuses a key of another account or region, as aliases cannot point there.
 * @throws INVALID_REQUEST */
function requireSamePlace(keyArn: string, aliasArn: string): void {
  const placeOf = (arn: string): string => arn.split(':').slice(0, 5).join(':');
  if (placeOf(keyArn) === placeOf(aliasArn)) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `key must be in the account and region of the deployment (${placeOf(aliasArn)}), got ${keyArn}`,
  );
}
