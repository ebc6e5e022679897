import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { KeyPurpose } from '../../../../functions/runtime/names.ts';
import { isTenantName } from '../../../../functions/vault/format/layout.ts';
import { isKeyLabel, keyName } from '../../../../functions/vault/keys/key-registry.ts';
import { aliasOf, describeKey, type KeyTools, parsePurpose } from '../../aws/key-tools.ts';

/** How `keys create` and `keys add` name a key. */
export interface NewKeyOptions {
  readonly purpose: string;
  readonly label: string;
  readonly tenant?: string;
}

/** AWS may take minutes to apply an alias to the permissions of the functions.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/abac.html */
export const ALIAS_DELAY = 'AWS may take five minutes until the functions can use it';

/** Adds the options that name a new key. */
export const withNewKeyOptions = (command: Command): Command =>
  command
    .requiredOption('--purpose <purpose>', 'configuration or credentials')
    .requiredOption('--label <label>', 'name of the key: lower-case letters, digits and hyphens')
    .option('--tenant <name>', 'use the key for backups of this tenant only');

/** A backup key by its purpose and its name. */
export interface NewKey {
  readonly purpose: KeyPurpose;
  readonly label: string;
  readonly tenant: string | null;
}

/** Validates the name of a new key.
 * @throws INVALID_REQUEST */
export function parseNewKey(options: NewKeyOptions): NewKey {
  const { purpose, label } = options;
  const tenant = options.tenant ?? null;
  const bound = 'must be 1 to 63 lower-case letters, digits and inner hyphens';
  if (!isKeyLabel(label)) {
    throw new TenantBackupError('INVALID_REQUEST', `label ${bound}, got "${label.slice(0, 80)}"`);
  }
  if (tenant !== null && !isTenantName(tenant)) {
    throw new TenantBackupError('INVALID_REQUEST', `tenant ${bound}, got "${tenant.slice(0, 80)}"`);
  }
  return { purpose: parsePurpose(purpose), label, tenant };
}

/** Returns the alias that makes a KMS key a backup key: `alias/<stack>/<purpose>/<name>`. */
export const aliasOfNewKey = ({ defaults }: KeyTools, { purpose, label, tenant }: NewKey): string =>
  `${aliasOf(defaults, purpose)}/${keyName(label, tenant)}`;

/** Refuses a label that is in use, before KMS makes a key that would have no name.
 * @throws KEY_EXISTS */
export async function refuseTakenLabel({ registry }: KeyTools, name: NewKey): Promise<void> {
  const taken = (await registry.list()).find(
    (key) => key.purpose === name.purpose && key.tenant === name.tenant && key.labels.includes(name.label),
  );
  if (!taken) return;
  throw new TenantBackupError('KEY_EXISTS', `${describeKey(taken)} already exists (${taken.keyArn})`, {
    keyArn: taken.keyArn,
  });
}
