import { TenantBackupError } from '../../../functions/errors.ts';
import { KEY_PURPOSES, type KeyPurpose } from '../../../functions/runtime/names.ts';
import { readSigningKeys } from '../../../functions/signing-key.ts';
import type { KeysByPurpose } from '../../../functions/vault/format/key-purpose.ts';
import { type TrustedSigners, trustOwnSigner } from '../../../functions/vault/format/signature.ts';
import { createKeyAccess, type KeyAccess } from '../../../functions/vault/keys/key-access.client.ts';
import { type AddedPrincipal, describePrincipal } from '../../../functions/vault/keys/key-access.ts';
import { createKeyRegistry, type KeyRegistry } from '../../../functions/vault/keys/key-registry.client.ts';
import type { BackupKey } from '../../../functions/vault/keys/key-registry.ts';
import { createSigner, type Signer } from '../../../functions/vault/keys/signer.client.ts';
import { type Deployment, openDeployment } from './deployment.client.ts';
import { createKeyAdministration, type KeyAdministration } from './key-administration.client.ts';

/** What the verbs on keys work with. */
export interface KeyTools {
  readonly deployment: Deployment;
  /** ARN of the alias of each purpose; it points at the default key. */
  readonly defaults: KeysByPurpose;
  readonly registry: KeyRegistry;
  readonly administration: KeyAdministration;
  readonly signer: Signer;
  readonly trustedSigners: TrustedSigners;
  readonly access: KeyAccess;
}

/** Connects to the keys of a deployment.
 * @throws NOT_DEPLOYED */
export async function openKeyTools(stack: string): Promise<KeyTools> {
  const deployment = openDeployment(stack);
  const defaults = {
    configuration: await deployment.output('configurationAliasArn'),
    credentials: await deployment.output('credentialsAliasArn'),
  };
  const signer = createSigner(deployment.kms, await deployment.output('signingKeyArn'));
  const trusted = readSigningKeys(await deployment.output('trustedSigningKeys'));
  if ('problem' in trusted) {
    throw new TenantBackupError('NOT_DEPLOYED', `output TrustedSigningKeys ${trusted.problem}`);
  }
  return {
    deployment,
    signer,
    trustedSigners: trustOwnSigner(signer.publicKey, trusted),
    defaults,
    registry: createKeyRegistry(deployment.kms, defaults),
    administration: createKeyAdministration(deployment.kms, deployment.kmsOnce),
    access: createKeyAccess(deployment.kms),
  };
}

/** Names the principals that a key's own policy and grants allow, as the end of a sentence; empty if there are none. */
export function principalsText(principals: readonly AddedPrincipal[] | null): string {
  if (principals === null) return '; no permission to read its key policy and grants';
  if (principals.length === 0) return '';
  return `; besides the account's IAM policies, the key allows ${principals.map(describePrincipal).join('; ')}`;
}

/** Returns the alias of a purpose, `alias/<stack>/<purpose>`; the aliases of its keys begin with it. */
export const aliasOf = (defaults: KeysByPurpose, purpose: KeyPurpose): string =>
  defaults[purpose].split(':').slice(5).join(':');

/** Reads `--purpose`.
 * @throws INVALID_REQUEST */
export function parsePurpose(text: string): KeyPurpose {
  const purpose = KEY_PURPOSES.find((candidate) => candidate === text);
  if (purpose) return purpose;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `purpose must be ${KEY_PURPOSES.join(' or ')}, got "${text.slice(0, 80)}"`,
  );
}

/** Finds a backup key by the name that a person typed.
 * @param name a label, `<tenant>/<label>`, or the id or ARN of the key
 * @throws KEY_UNKNOWN if none or several match */
export function findKey(keys: readonly BackupKey[], name: string, purpose?: KeyPurpose): BackupKey {
  const found = keys.filter(
    (key) => (purpose === undefined || key.purpose === purpose) && namesOf(key).includes(name),
  );
  const [key] = found;
  if (key && new Set(found.map(({ keyArn }) => keyArn)).size === 1) return key;
  const what = purpose === undefined ? 'backup key' : `${purpose} key`;
  const known = keys.filter((each) => purpose === undefined || each.purpose === purpose).map(describeKey);
  throw new TenantBackupError(
    'KEY_UNKNOWN',
    key
      ? `"${name}" names ${found.length} backup keys: ${found.map(describeKey).join(', ')}; add --purpose`
      : `no ${what} "${name.slice(0, 200)}"; known keys: ${known.join(', ') || 'none'}`,
    { name },
  );
}

function namesOf({ keyArn, labels, tenant }: BackupKey): string[] {
  const id = keyArn.split('/').at(-1) ?? '';
  return [keyArn, id, ...labels.map((label) => (tenant === null ? label : `${tenant}/${label}`))];
}

/** Names a key: `credentials/first`, or `credentials/acme/own` for a key of one tenant. */
export const describeKey = ({ purpose, labels, tenant, keyArn }: BackupKey): string =>
  [purpose, ...(tenant === null ? [] : [tenant]), labels.join('=') || keyArn].join('/');
