import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { AWS_PATIENCE } from '../aws-patience.ts';
import type { SigningKey } from '../signing-key.ts';
import { createEnrolments } from '../tenant/enrolment/enrolment.client.ts';
import type { KeysByPurpose } from '../vault/format/key-purpose.ts';
import { trustOwnSigner } from '../vault/format/signature.ts';
import { createKeyAccess } from '../vault/keys/key-access.client.ts';
import { createKeyRegistry } from '../vault/keys/key-registry.client.ts';
import { createSealer } from '../vault/keys/sealer.client.ts';
import { createSigner } from '../vault/keys/signer.client.ts';
import type { RetentionPolicy } from '../vault/retention/retention-policy.ts';
import { createKeptBackups } from '../vault/storage/kept-backups.client.ts';
import { createLedgerProofs } from '../vault/storage/ledger-proofs.client.ts';
import type { LedgerKeys } from '../vault/storage/ledger-writers.ts';
import { createRetentionClient } from '../vault/storage/retention.client.ts';
import { createVault } from '../vault/storage/vault.client.ts';
import { createAlarmTopic } from './alarm-topic.client.ts';
import type { AuditTools } from './audit.ts';
import { createKeyStates } from './keys/key-states.client.ts';
import { createReportStore } from './report-store.client.ts';
import type { AuditSettings } from './settings.ts';

/** Resources and settings of an audit, from the function's environment. */
export interface AuditPlaces {
  readonly vaultBucket: string;
  readonly ledgerBucket: string;
  /** ARNs of the default keys' aliases; every backup key's alias begins with one of them. */
  readonly keys: KeysByPurpose;
  readonly fingerprintKeyArn: string;
  readonly signingKeyArn: string;
  readonly ledgerKeys: LedgerKeys;
  /** Additional trusted signing keys. */
  readonly trustedSigningKeys: readonly SigningKey[];
  readonly alarmTopicArn: string;
  /** Prefix of the enrolment secrets' names. @default - the default prefix */
  readonly enrolmentPrefix?: string;
  readonly retention: RetentionPolicy;
  readonly maxExportBytes: number;
  readonly settings: AuditSettings;
}

/** Settings of SDK clients outside the function. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Creates the clients of an audit. They never read an enrolment's value, open credentials or change the vault.
 * @param options settings of the SDK clients @default - the function's own */
export function createAuditTools(
  places: AuditPlaces,
  options: ClientSettings = {},
  now: () => Date = () => new Date(),
): AuditTools {
  // Every endpoint understands path-style bucket names.
  const settings = { ...AWS_PATIENCE, ...options };
  const s3 = new S3Client({ ...settings, ...(options.endpoint !== undefined && { forcePathStyle: true }) });
  const kms = new KMSClient(settings);
  const {
    vaultBucket,
    ledgerBucket,
    keys,
    fingerprintKeyArn,
    signingKeyArn,
    ledgerKeys,
    trustedSigningKeys,
    alarmTopicArn,
    enrolmentPrefix,
    ...rest
  } = places;
  return {
    ...rest,
    vaultBucket,
    ownKeys: { fingerprint: fingerprintKeyArn, signing: signingKeyArn },
    enrolments: createEnrolments(new SecretsManagerClient(settings), enrolmentPrefix),
    keptBackups: createKeptBackups(s3, vaultBucket),
    vault: createVault(s3, vaultBucket),
    sealer: createSealer(kms),
    trustedSigners: trustOwnSigner(createSigner(kms, signingKeyArn).publicKey, trustedSigningKeys),
    keyRegistry: createKeyRegistry(kms, keys),
    keyStates: createKeyStates(kms, createKeyAccess(kms)),
    retentionClient: createRetentionClient(s3, vaultBucket),
    reports: createReportStore(s3, ledgerBucket, createLedgerProofs(kms, ledgerKeys), now),
    topic: createAlarmTopic(new SNSClient(settings), alarmTopicArn),
    now,
  };
}
