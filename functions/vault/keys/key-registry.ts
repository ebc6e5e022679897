import { TenantBackupError } from '../../errors.ts';
import { KEY_PURPOSES, type KeyPurpose } from '../../runtime/names.ts';
import type { EnrolledKeys, KeysByPurpose, TrustedKeys } from '../format/key-purpose.ts';
import { isTenantName } from '../format/layout.ts';

/** An alias of a KMS key, as KMS lists it. */
export interface KeyAlias {
  /** ARN of the alias: `arn:<partition>:kms:<region>:<account>:alias/<name>`. */
  readonly aliasArn: string;
  /** Id of the key, in the alias's own account and region. */
  readonly keyId: string;
}

/** A KMS key that seals backups, according to its aliases. */
export interface BackupKey {
  readonly purpose: KeyPurpose;
  /** ARN of the key itself. */
  readonly keyArn: string;
  /** Its names among the keys of the purpose (and tenant), sorted. Empty if only the default alias names it. */
  readonly labels: readonly string[];
  /** The only tenant whose backups it seals; null for all tenants. */
  readonly tenant: string | null;
  /** Whether it seals new backups of tenants without a key of their own. */
  readonly isDefault: boolean;
}

/** Segment of an alias that contains a tenant's own keys: `<purpose alias>/tenants/<tenant>/<label>`. */
const TENANTS = 'tenants';

/** Returns the name of a backup key's alias below the alias of its purpose.
 * @see parseKeyName */
export const keyName = (label: string, tenant: string | null): string =>
  tenant === null ? label : `${TENANTS}/${tenant}/${label}`;

/** Parses the name of an alias.
 * @returns null for a name that `keyName` never makes: such an alias makes no backup key */
export function parseKeyName(name: string): { label: string; tenant: string | null } | null {
  const [first = '', tenant = '', label = '', ...rest] = name.split('/');
  if (first === TENANTS) {
    return isKeyLabel(label) && isTenantName(tenant) && rest.length === 0 ? { label, tenant } : null;
  }
  return isKeyLabel(name) ? { label: name, tenant: null } : null;
}

/** Tells whether a text is a valid label: any tenant's name, except the word that begins the tenants' own keys. */
export const isKeyLabel = (label: string): boolean => isTenantName(label) && label !== TENANTS;

/** Finds the backup keys among the aliases of an account and region.
 * @param aliases of any keys
 * @param defaults ARN of the alias of each purpose
 * @returns by purpose, first shared keys, then by tenant and label; a key with aliases of several tenants once for
 * each */
export function backupKeysOf(aliases: readonly KeyAlias[], defaults: KeysByPurpose): BackupKey[] {
  return KEY_PURPOSES.flatMap((purpose) => keysOfPurpose(aliases, purpose, defaults[purpose]));
}

interface NamedKey {
  readonly keyArn: string;
  /** Null for the alias that makes a key the default one. */
  readonly label: string | null;
  readonly tenant: string | null;
}

function keysOfPurpose(
  aliases: readonly KeyAlias[],
  purpose: KeyPurpose,
  defaultAliasArn: string,
): BackupKey[] {
  const named = aliases.flatMap(({ aliasArn, keyId }): NamedKey[] => {
    const keyArn = keyArnOf(aliasArn, keyId);
    if (aliasArn === defaultAliasArn) return [{ keyArn, label: null, tenant: null }];
    if (!aliasArn.startsWith(`${defaultAliasArn}/`)) return [];
    const name = parseKeyName(aliasArn.slice(defaultAliasArn.length + 1));
    return name ? [{ keyArn, ...name }] : [];
  });
  return [...Map.groupBy(named, ({ keyArn, tenant }) => `${tenant ?? ''} ${keyArn}`).values()]
    .map((names): BackupKey => {
      const { keyArn = '', tenant = null } = names[0] ?? {};
      const labels = names.flatMap(({ label }) => label ?? []).sort();
      return { purpose, keyArn, labels, tenant, isDefault: names.some(({ label }) => label === null) };
    })
    .sort((a, b) => compare(sortingName(a), sortingName(b)));
}

const sortingName = ({ tenant, labels, keyArn }: BackupKey): string =>
  [tenant ?? '', labels[0] ?? '', keyArn].join(' ');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Returns the ARN of the key that an alias names. */
const keyArnOf = (aliasArn: string, keyId: string): string =>
  `${aliasArn.split(':').slice(0, 5).join(':')}:key/${keyId}`;

/** Returns the keys that may have sealed a tenant's backups: the shared ones, its own, and those of its enrolment.
 * Backups from before a change of the default key still open. Another tenant's keys are not trusted, so that its
 * backups cannot pass for this tenant's.
 * @param enrolled keys in the tenant's enrolment, if it has any */
export function trustedKeysOf(
  keys: readonly BackupKey[],
  tenant: string,
  enrolled: EnrolledKeys = {},
): TrustedKeys {
  const trusted = (purpose: KeyPurpose): string[] => [
    ...new Set([
      ...keys
        .filter((key) => key.purpose === purpose && (key.tenant === null || key.tenant === tenant))
        .map(({ keyArn }) => keyArn),
      ...(enrolled[purpose] === undefined ? [] : [enrolled[purpose]]),
    ]),
  ];
  return { configuration: trusted('configuration'), credentials: trusted('credentials') };
}

/** Returns the keys that seal a tenant's new backups: those of its enrolment, or else the default ones.
 * @param enrolled keys in the tenant's enrolment, if it has any
 * @throws KEY_UNKNOWN if there is neither */
export function sealingKeysOf(keys: readonly BackupKey[], enrolled: EnrolledKeys = {}): KeysByPurpose {
  const keyOf = (purpose: KeyPurpose): string => {
    const own = enrolled[purpose];
    if (own !== undefined) return own;
    const key = keys.find((candidate) => candidate.purpose === purpose && candidate.isDefault);
    if (key) return key.keyArn;
    throw new TenantBackupError('KEY_UNKNOWN', `no ${purpose} key is the default`, { purpose });
  };
  return { configuration: keyOf('configuration'), credentials: keyOf('credentials') };
}
