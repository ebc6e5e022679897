import type { RemovalPolicy } from 'aws-cdk-lib';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { retentionText, withoutTransitions } from '../../functions/vault/retention/retention-policy.ts';
import type { Enrolments } from '../enrolments.ts';
import type { BackupKeys } from '../keys.ts';
import type { Ledger } from '../ledger.ts';
import type { Settings } from '../settings.ts';
import type { Vault } from '../vault.ts';

/** What most functions work with. */
export interface StorageProps {
  readonly settings: Settings;
  readonly enrolments: Enrolments;
  readonly keys: BackupKeys;
  readonly vault: Vault;
  readonly ledger: Ledger;
  /** What happens to the function's log when the function leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

const BYTES_PER_MEGABYTE = 1024 * 1024;

/** Returns the variables of a function that opens backups. */
export function storageEnvironment({
  settings,
  enrolments,
  keys,
  vault,
  ledger,
}: StorageProps): Record<string, string> {
  const { trustedSigningKeys } = settings;
  return {
    ...enrolments.environment,
    [EnvironmentName.vaultBucket]: vault.bucket.bucketName,
    [EnvironmentName.ledgerBucket]: ledger.bucket.bucketName,
    [EnvironmentName.configurationAliasArn]: keys.aliasArn('configuration'),
    [EnvironmentName.credentialsAliasArn]: keys.aliasArn('credentials'),
    [EnvironmentName.fingerprintKeyArn]: keys.fingerprint.keyArn,
    [EnvironmentName.signingKeyArn]: keys.signing.keyArn,
    ...(trustedSigningKeys.length > 0 && {
      [EnvironmentName.trustedSigningKeys]: JSON.stringify(trustedSigningKeys),
    }),
    [EnvironmentName.retention]: retentionText(withoutTransitions(settings.retentionPolicy)),
    [EnvironmentName.maxExportBytes]: String(settings.maxExportMegabytes * BYTES_PER_MEGABYTE),
  };
}

/** Returns the variables of a function that also seals backups. */
export function sealingEnvironment(props: StorageProps): Record<string, string> {
  const { escrowPublicKey } = props.settings;
  return {
    ...storageEnvironment(props),
    ...(escrowPublicKey !== undefined && { [EnvironmentName.escrowPublicKey]: escrowPublicKey }),
  };
}
