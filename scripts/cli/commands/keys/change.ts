import type { Command } from 'commander';
import { TenantBackupError } from '../../../../functions/errors.ts';
import type { KeyPurpose } from '../../../../functions/runtime/names.ts';
import { isTenantName } from '../../../../functions/vault/format/layout.ts';
import { isKeyLabel, keyName } from '../../../../functions/vault/keys/key-registry.ts';
import type { KeyCondition } from '../../aws/keys-kms.client.ts';
import {
  aliasOf,
  describeKey,
  findKey,
  type KeyTools,
  lettingIn,
  openKeyTools,
  parsePurpose,
} from '../../aws/keys-tools.ts';
import { globalOptions, print } from '../../ui/output.ts';

interface NewKeyOptions {
  readonly purpose: string;
  readonly label: string;
  readonly tenant?: string;
}

/** The functions may use a key only some minutes after it has its alias.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/abac.html */
const WAIT = 'AWS may take five minutes until the functions can use it';

/** `keys create`, `keys add`: a further backup key, which seals nothing until it is the default or an enrolment names it. */
export function registerNewKeys(keys: Command): void {
  withNewKeyOptions(keys.command('create').description('make a further backup key')).action(
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
        throw new TenantBackupError(error.code, `made key ${keyArn}, but ${error.message}: use keys add`, {
          ...error.facts,
          keyArn,
        });
      });
      print(command, { ...name, keyArn }, `made ${purpose} key ${name.label} (${keyArn}); ${WAIT}`);
    },
  );

  withNewKeyOptions(
    keys
      .command('add')
      .description('let a KMS key that exists be a backup key')
      .argument('<key>', 'its id or ARN'),
  ).action(async (key: string, options: NewKeyOptions, command: Command) => {
    const name = parseNewKey(options);
    const tools = await openKeyTools(globalOptions(command).stack);
    await refuseTakenLabel(tools, name);
    const condition = await tools.administration.describe(key);
    requireUsable(condition);
    requireHere(condition.keyArn, tools.defaults[name.purpose]);
    await tools.administration.nameKey(aliasOfNewKey(tools, name), condition.keyArn);
    const { keyArn } = condition;
    const principals = await tools.access.read(keyArn);
    print(
      command,
      { ...name, keyArn, principals },
      `added ${name.purpose} key ${name.label} (${keyArn}); ${WAIT}${lettingIn(principals)}`,
    );
  });
}

/** `keys default`, `keys rotate`. */
export function registerKeyChanges(keys: Command): void {
  keys
    .command('default')
    .description('seal new backups under this key; old ones still open with the keys that sealed them')
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
          `key must be one for all tenants, ${describeKey(key)} is the own key of ${key.tenant}`,
        );
      }
      requireUsable(await administration.describe(key.keyArn));
      const before = known.find((each) => each.purpose === purpose && each.isDefault)?.keyArn ?? null;
      if (!key.isDefault) await administration.moveAlias(aliasOf(defaults, purpose), key.keyArn);
      const principals = await access.read(key.keyArn);
      print(
        command,
        { purpose, keyArn: key.keyArn, before, principals },
        `${describeKey(key)} ${key.isDefault ? 'was the default already' : 'is the default now; backups from before still need their own keys'}${lettingIn(principals)}`,
      );
    });

  keys
    .command('rotate')
    .description('give a key new material now; everything that it sealed still opens')
    .argument('<key>', 'label, id or ARN of a backup key')
    .option('--purpose <purpose>', 'configuration or credentials, where both have that label')
    .action(async (wanted: string, options: { purpose?: string }, command: Command) => {
      const purpose = options.purpose === undefined ? undefined : parsePurpose(options.purpose);
      const { registry, administration } = await openKeyTools(globalOptions(command).stack);
      const key = findKey(await registry.list(), wanted, purpose);
      await administration.rotate(key.keyArn);
      print(
        command,
        { purpose: key.purpose, keyArn: key.keyArn },
        `KMS is rotating ${describeKey(key)} (${key.keyArn}); keys list shows when it has`,
      );
    });
}

const withNewKeyOptions = (command: Command): Command =>
  command
    .requiredOption('--purpose <purpose>', 'configuration or credentials')
    .requiredOption('--label <label>', 'what to call it: lower-case letters, digits and hyphens')
    .option('--tenant <name>', 'the only tenant that it may seal backups of');

interface NewKey {
  readonly purpose: KeyPurpose;
  readonly label: string;
  readonly tenant: string | null;
}

/** @throws INVALID_REQUEST */
function parseNewKey(options: NewKeyOptions): NewKey {
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

const aliasOfNewKey = ({ defaults }: KeyTools, { purpose, label, tenant }: NewKey): string =>
  `${aliasOf(defaults, purpose)}/${keyName(label, tenant)}`;

/** @throws KEY_EXISTS before a key is made that would then have no name */
async function refuseTakenLabel({ registry }: KeyTools, name: NewKey): Promise<void> {
  const taken = (await registry.list()).find(
    (key) => key.purpose === name.purpose && key.tenant === name.tenant && key.labels.includes(name.label),
  );
  if (!taken) return;
  throw new TenantBackupError('KEY_EXISTS', `${describeKey(taken)} exists already (${taken.keyArn})`, {
    keyArn: taken.keyArn,
  });
}

/** @throws KEY_UNAVAILABLE */
function requireUsable({ keyArn, state, keySpec }: KeyCondition): void {
  if (state !== 'Enabled') {
    throw new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} must be Enabled, is ${state}`, {
      keyArn,
      state,
    });
  }
  if (keySpec !== 'SYMMETRIC_DEFAULT') {
    throw new TenantBackupError('KEY_UNAVAILABLE', `key ${keyArn} must be SYMMETRIC_DEFAULT, is ${keySpec}`, {
      keyArn,
      keySpec: keySpec ?? 'unknown',
    });
  }
}

/** @throws INVALID_REQUEST for a key of another account or region, which no alias here can name */
function requireHere(keyArn: string, aliasArn: string): void {
  const placeOf = (arn: string): string => arn.split(':').slice(0, 5).join(':');
  if (placeOf(keyArn) === placeOf(aliasArn)) return;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `key must be in the account and region of the deployment (${placeOf(aliasArn)}), got ${keyArn}`,
  );
}
