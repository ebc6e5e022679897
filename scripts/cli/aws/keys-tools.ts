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
import { type Deployment, openDeployment } from './deployment.ts';
import { createKeyAdministration, type KeyAdministration } from './keys-kms.client.ts';

/** What the commands on keys work with. */
export interface KeyTools {
  readonly deployment: Deployment;
  /** ARN of the alias of each purpose, which names the default key. */
  readonly defaults: KeysByPurpose;
  readonly registry: KeyRegistry;
  readonly administration: KeyAdministration;
  readonly signer: Signer;
  readonly trustedSigners: TrustedSigners;
  readonly access: KeyAccess;
}

/** @throws NOT_DEPLOYED */
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
    administration: createKeyAdministration(deployment.kms),
    access: createKeyAccess(deployment.kms),
  };
}

/** Says whom a key lets in by itself, as the end of a sentence about the key; nothing where that is nobody. */
export function lettingIn(principals: readonly AddedPrincipal[] | null): string {
  if (principals === null) return '; KMS refuses to tell whom the key lets in';
  if (principals.length === 0) return '';
  return `; beside the account's IAM policies, the key lets in ${principals.map(describePrincipal).join('; ')}`;
}

/** The name of the alias of a purpose, which begins the names of the aliases of all its keys: `alias/<stack>/<purpose>`. */
export const aliasOf = (defaults: KeysByPurpose, purpose: KeyPurpose): string =>
  defaults[purpose].split(':').slice(5).join(':');

/** @throws INVALID_REQUEST */
export function parsePurpose(text: string): KeyPurpose {
  const purpose = KEY_PURPOSES.find((candidate) => candidate === text);
  if (purpose) return purpose;
  throw new TenantBackupError(
    'INVALID_REQUEST',
    `purpose must be ${KEY_PURPOSES.join(' or ')}, got "${text.slice(0, 80)}"`,
  );
}

/** The one backup key that a person means.
 * @param name a label, `<tenant>/<label>`, or the id or ARN of the key
 * @throws KEY_UNKNOWN if it is none of them, or several */
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
      : `no ${what} "${name.slice(0, 200)}"; there is ${known.join(', ') || 'none'}`,
    { name },
  );
}

function namesOf({ keyArn, labels, tenant }: BackupKey): string[] {
  const id = keyArn.split('/').at(-1) ?? '';
  return [keyArn, id, ...labels.map((label) => (tenant === null ? label : `${tenant}/${label}`))];
}

/** `credentials/first`, or `credentials/acme/own` for a tenant's own key. */
export const describeKey = ({ purpose, labels, tenant, keyArn }: BackupKey): string =>
  [purpose, ...(tenant === null ? [] : [tenant]), labels.join('=') || keyArn].join('/');
