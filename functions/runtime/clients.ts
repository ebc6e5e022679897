import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AWS_PATIENCE } from '../aws-patience.ts';
import { connectTenant, type Tenant } from '../tenant/api/tenant.client.ts';
import { listTenants } from '../tenant/api/tenants.client.ts';
import { createEnrolments, type Enrolments } from '../tenant/enrolment/enrolment.client.ts';
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { withRootTenants } from '../tenant/enrolment/root-enrolments.ts';
import { createConnections } from '../tenant/http/connections.client.ts';
import type { RetryPolicy, RetryTools } from '../tenant/http/retry.ts';
import { type Access, createTokens } from '../tenant/http/token.client.ts';
import { createWriteQueue } from '../tenant/http/write-queue.ts';
import type { KeysByPurpose } from '../vault/format/key-purpose.ts';
import { type TrustedSigners, trustOwnSigner } from '../vault/format/signature.ts';
import { createFingerprintKeys, type FingerprintKeys } from '../vault/keys/fingerprint-key.client.ts';
import { createKeyRegistry, type KeyRegistry } from '../vault/keys/key-registry.client.ts';
import { createSealer, type Sealer } from '../vault/keys/sealer.client.ts';
import { createSigner, type Signer } from '../vault/keys/signer.client.ts';
import { versionLocks } from '../vault/retention/retention-locks.ts';
import { parseRetentionPolicy, type RetentionPolicy } from '../vault/retention/retention-policy.ts';
import type { LedgerProofs } from '../vault/storage/json-objects.client.ts';
import { createKeptBackups, type KeptBackups } from '../vault/storage/kept-backups.client.ts';
import { createLedger, type Ledger } from '../vault/storage/ledger.client.ts';
import { createLedgerProofs } from '../vault/storage/ledger-proofs.client.ts';
import { createTenantLocks, type TenantLocks } from '../vault/storage/tenant-lock.client.ts';
import { createVault, type Vault } from '../vault/storage/vault.client.ts';
import {
  isLocalAws,
  readEnrolmentPrefix,
  readEnvironment,
  readEscrowKey,
  readLedgerKeys,
  readTrustedSigningKeys,
  wholeNumber,
} from './environment.ts';
import { EnvironmentName, LEDGER_WRITERS } from './names.ts';

/** The clients of all functions. Each container creates them once and keeps them between invocations. */
export interface Clients {
  readonly vault: Vault;
  readonly keptBackups: KeptBackups;
  readonly retention: RetentionPolicy;
  readonly ledger: Ledger;
  readonly tenantLocks: TenantLocks;
  readonly sealer: Sealer;
  readonly signer: Signer;
  readonly trustedSigners: TrustedSigners;
  readonly fingerprintKeys: FingerprintKeys;
  readonly enrolments: Enrolments;
  /** Aliases of the default keys, which seal new backups unless the enrolment names other keys. */
  readonly keys: KeysByPurpose;
  readonly keyRegistry: KeyRegistry;
  readonly maxExportBytes: number;
  /** Connects to a tenant.
   * @param enrolment enrolment of one tenant; an enrolment of all tenants must select one with `forTenant` first
   * @param correlationId id that the tenant's audit log records
   * @param signal aborts the requests under way and refuses new ones */
  connect(enrolment: Enrolment, access: Access, correlationId: string, signal?: AbortSignal): Tenant;
  /** Lists the tenant ids of an enrolment of all tenants, sorted and without the root tenant.
   * @throws NOT_SUPPORTED for another enrolment, and the errors of `Api.read` */
  listTenants(enrolment: Enrolment, correlationId: string): Promise<string[]>;
  /** @returns the present time */
  now(): Date;
  /** @returns 32 random bits in hexadecimal, for ids */
  randomHex(): string;
  randomUuid(): string;
  readonly retryTools: RetryTools;
}

/** Five attempts within two minutes outlast a throttled tenant, and an absent tenant does not block the queue. */
const RETRY: RetryPolicy = { maxAttempts: 5, budgetMilliseconds: 120_000, baseMilliseconds: 1_000 };

const TIMEOUTS = { connectMilliseconds: 10_000, headersMilliseconds: 120_000, bodyMilliseconds: 60_000 };

/** Creates the clients from the function's environment.
 * @throws INVALID_ENVIRONMENT */
export function createClients(): Clients {
  const environment = readEnvironment([
    'vaultBucket',
    'ledgerBucket',
    'configurationAliasArn',
    'credentialsAliasArn',
    'fingerprintKeyArn',
    'signingKeyArn',
    'maxExportBytes',
    'retention',
  ]);
  const maxExportBytes = wholeNumber('maxExportBytes', environment.maxExportBytes);
  const keys: KeysByPurpose = {
    configuration: environment.configurationAliasArn,
    credentials: environment.credentialsAliasArn,
  };
  const retention = parseRetentionPolicy(environment.retention, EnvironmentName.retention);
  const now = () => new Date();
  const s3 = new S3Client(AWS_PATIENCE);
  const kms = new KMSClient(AWS_PATIENCE);
  const signer = createSigner(kms, environment.signingKeyArn);
  const connections = createConnections({
    ...TIMEOUTS,
    maxBodyBytes: maxExportBytes,
    allowLoopback: isLocalAws(),
  });
  const tokens = createTokens(connections, () => Date.now());
  const retryTools: RetryTools = { sleep: (milliseconds) => sleep(milliseconds), random: Math.random };
  const secrets = createEnrolments(new SecretsManagerClient(AWS_PATIENCE), readEnrolmentPrefix());
  const shared = {
    connections,
    tokens,
    retry: RETRY,
    tools: retryTools,
    writes: createWriteQueue(),
    renew: ({ name }: Enrolment) => enrolments.get(name),
  };
  const tenantsOf = (enrolment: Enrolment, correlationId: string) =>
    listTenants({ ...shared, enrolment, access: 'read', correlationId });
  const enrolments: Enrolments = withRootTenants(secrets, (enrolment) => tenantsOf(enrolment, randomUUID()));
  return {
    vault: createVault(s3, environment.vaultBucket, versionLocks(retention.objectLock, now)),
    keptBackups: createKeptBackups(s3, environment.vaultBucket),
    retention,
    ledger: createLedger(s3, environment.ledgerBucket, readLedgerProofs(kms)),
    tenantLocks: createTenantLocks(s3, environment.ledgerBucket),
    sealer: createSealer(kms, { escrowPublicKey: readEscrowKey() }),
    signer,
    trustedSigners: trustOwnSigner(signer.publicKey, readTrustedSigningKeys()),
    fingerprintKeys: createFingerprintKeys(kms, environment.fingerprintKeyArn),
    enrolments,
    keys,
    keyRegistry: createKeyRegistry(kms, keys),
    maxExportBytes,
    connect: (enrolment, access, correlationId, signal) =>
      connectTenant({ ...shared, enrolment, access, correlationId, signal }),
    listTenants: tenantsOf,
    now,
    randomHex: () => randomBytes(4).toString('hex'),
    randomUuid: () => randomUUID(),
    retryTools,
  };
}

/** Returns the proofs of a function that has the keys of the ledger. The backup function has none, and writes nothing signed. */
function readLedgerProofs(kms: KMSClient): LedgerProofs | undefined {
  if (!process.env[EnvironmentName.ledgerKeys]) return undefined;
  const self = LEDGER_WRITERS.find((writer) => writer === process.env[EnvironmentName.ledgerWriter]);
  return createLedgerProofs(kms, readLedgerKeys(), self);
}
