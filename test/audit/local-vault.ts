import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AuditTools, audit } from '../../functions/audit/audit.ts';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import { createAuditTools } from '../../functions/audit/audit-tools.client.ts';
import type { FindingCode } from '../../functions/audit/findings.ts';
import { metricsOf } from '../../functions/audit/metrics.ts';
import type { AuditRequest } from '../../functions/audit/request.ts';
import { splitCredentials } from '../../functions/config/credentials/credentials.ts';
import {
  fingerprintCredentials,
  fingerprintKeyName,
} from '../../functions/config/credentials/fingerprints.ts';
import { countObjects } from '../../functions/config/model/objects.ts';
import {
  ENROLMENT_PREFIX,
  EnvironmentName,
  LEDGER_WRITERS,
  MetricName,
  SCHEDULE_TAG,
  type Tier,
} from '../../functions/runtime/names.ts';
import { sealBackup } from '../../functions/vault/backup-archive.ts';
import { type PartName, toInstant } from '../../functions/vault/format/manifest.ts';
import { createSealer } from '../../functions/vault/keys/sealer.client.ts';
import { createSigner } from '../../functions/vault/keys/signer.client.ts';
import { retentionText } from '../../functions/vault/retention/retention-policy.ts';
import { tierRules } from '../../functions/vault/retention/retention-rules.ts';
import { createJsonObjects } from '../../functions/vault/storage/json-objects.client.ts';
import { createLedgerProofs } from '../../functions/vault/storage/ledger-proofs.client.ts';
import type { LedgerKeys } from '../../functions/vault/storage/ledger-writers.ts';
import { createVault } from '../../functions/vault/storage/vault.client.ts';
import { completeSettings } from '../../infra/settings.ts';
import {
  childEnvironment,
  clientSettings,
  type LocalAws,
  startLocalAws,
} from '../../scripts/local/local-aws.ts';
import { shippedSettings } from '../infra/synthesize.ts';
import { documentIn } from '../ledger-records.ts';

const PREFIX = 'alias/Local';

/** A tree with as many clients as asked for. */
export const treeOf = (clients: number, changes: Record<string, object> = {}) => ({
  name: 'Acme',
  servers: {
    main: {
      name: 'Main',
      clients: Object.fromEntries(
        Array.from({ length: clients }, (_, index) => [
          `client-${index}`,
          {
            client_name: `Client ${index}`,
            client_secret: `secret-of-${index}`,
            ...changes[`client-${index}`],
          },
        ]),
      ),
    },
  },
});

/** What a report found, as `<tenant> <code>`. */
export const codesOf = ({ findings }: AuditReport): string[] =>
  findings.map(({ code, tenant }) => `${tenant ?? '*'} ${code}`);

export const metricOf = (report: AuditReport, name: keyof typeof MetricName) =>
  metricsOf(report)[MetricName[name]];

export const findingOf = ({ findings }: AuditReport, code: FindingCode) =>
  findings.find((finding) => finding.code === code);

/** A vault, a ledger, keys and enrolments in the local AWS, as the stack makes them, without its functions. */
export class LocalVault {
  readonly localAws: LocalAws;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly configuration = completeSettings({ ...shippedSettings, removal: 'retain' }, 'tenantBackup');
  /** Keys that new backups are sealed under. */
  keys = { configuration: '', credentials: '' };
  fingerprintKeyArn = '';
  signingKeyArn = '';
  readonly vault: ReturnType<typeof createVault>;
  private readonly secrets: SecretsManagerClient;
  private readonly sns: SNSClient;
  private readonly sqs: SQSClient;
  private topicArn = '';
  private queueUrl = '';

  private constructor(localAws: LocalAws) {
    const settings = clientSettings(localAws);
    this.localAws = localAws;
    this.s3 = new S3Client({ ...settings, forcePathStyle: true });
    this.kms = new KMSClient(settings);
    this.secrets = new SecretsManagerClient(settings);
    this.sns = new SNSClient(settings);
    this.sqs = new SQSClient(settings);
    this.vault = createVault(this.s3, 'vault');
  }

  static async start(): Promise<LocalVault> {
    const local = new LocalVault(await startLocalAws());
    await local.create();
    return local;
  }

  private async create(): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: 'vault', ObjectLockEnabledForBucket: true }));
    await this.s3.send(new CreateBucketCommand({ Bucket: 'ledger' }));
    await this.s3.send(
      new PutBucketVersioningCommand({ Bucket: 'vault', VersioningConfiguration: { Status: 'Enabled' } }),
    );
    await this.s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: 'vault',
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    );
    await this.setLifecycle();
    await this.s3.send(
      new PutBucketPolicyCommand({
        Bucket: 'vault',
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: ['arn:aws:s3:::vault', 'arn:aws:s3:::vault/*'],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
            // Of another name than an administrator's, who has to delete in these tests.
            { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::vault/*' },
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:DeleteObjectVersion',
              Resource: 'arn:aws:s3:::vault/*',
            },
          ],
        }),
      }),
    );
    this.keys = {
      configuration: await this.createKey('configuration', 'first'),
      credentials: await this.createKey('credentials', 'first'),
    };
    const { KeyMetadata } = await this.kms.send(
      new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    );
    this.fingerprintKeyArn = KeyMetadata?.Arn ?? '';
    const signing = await this.kms.send(
      new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    );
    this.signingKeyArn = signing.KeyMetadata?.Arn ?? '';
    this.topicArn = (await this.sns.send(new CreateTopicCommand({ Name: 'alarms' }))).TopicArn ?? '';
    this.queueUrl = (await this.sqs.send(new CreateQueueCommand({ QueueName: 'messages' }))).QueueUrl ?? '';
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames: ['QueueArn'] }),
    );
    const arn = Attributes?.['QueueArn'] ?? '';
    await this.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: this.queueUrl,
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'sns.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: arn,
              },
            ],
          }),
        },
      }),
    );
    await this.sns.send(
      new SubscribeCommand({
        TopicArn: this.topicArn,
        Protocol: 'sqs',
        Endpoint: arn,
      }),
    );
  }

  /** Lifecycle rules as the stack makes them, or others. */
  async setLifecycle(change: (days: number) => number = (days) => days): Promise<void> {
    await this.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: 'vault',
        LifecycleConfiguration: {
          Rules: tierRules(this.configuration.retentionPolicy).map((rule) => ({
            ID: rule.id,
            Status: 'Enabled' as const,
            Filter: { Prefix: rule.prefix },
            NoncurrentVersionExpiration: {
              NoncurrentDays: change(rule.noncurrentDays),
              NewerNoncurrentVersions: rule.newerNoncurrentVersions,
            },
            Expiration: { ExpiredObjectDeleteMarker: true },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortUploadsAfterDays },
          })),
        },
      }),
    );
  }

  /** A key that seals, by a label of its purpose; the first of a purpose becomes its default. */
  async createKey(purpose: 'configuration' | 'credentials', label: string): Promise<string> {
    const { KeyMetadata } = await this.kms.send(new CreateKeyCommand({}));
    const TargetKeyId = KeyMetadata?.KeyId ?? '';
    if (label === 'first') {
      await this.kms.send(new CreateAliasCommand({ AliasName: `${PREFIX}/${purpose}`, TargetKeyId }));
    }
    await this.kms.send(new CreateAliasCommand({ AliasName: `${PREFIX}/${purpose}/${label}`, TargetKeyId }));
    return KeyMetadata?.Arn ?? '';
  }

  async enrol(tenant: string, schedule: string | null = 'nightly'): Promise<void> {
    await this.secrets.send(
      new CreateSecretCommand({
        Name: ENROLMENT_PREFIX + tenant,
        SecretString: 'the audit must not read this',
        ...(schedule === null ? {} : { Tags: [{ Key: SCHEDULE_TAG, Value: schedule }] }),
      }),
    );
  }

  /** Seal a tree and put it into the vault, as the backup function does.
   * @returns the id of the version */
  async backUp(
    tenant: string,
    tree: object = treeOf(20),
    options: {
      readonly tier?: Tier;
      readonly objects?: Record<string, number>;
      readonly warnings?: Record<string, number>;
      readonly alter?: (bytes: Buffer) => Buffer;
      readonly scheduledTime?: string;
      readonly exportedAt?: string;
      readonly keys?: { readonly configuration: string; readonly credentials: string };
      readonly issuer?: string;
      /** @default - both */
      readonly parts?: readonly PartName[];
    } = {},
  ): Promise<string> {
    const tier = options.tier ?? 'daily';
    const scheduledTime = options.scheduledTime ?? `${new Date().toISOString().slice(0, 19)}Z`;
    const [previous] = await this.vault.listVersions(tier, tenant);
    const full = JSON.parse(JSON.stringify(tree));
    const mask = JSON.parse(JSON.stringify(tree, (name, value) => (name === 'client_secret' ? '' : value)));
    const { config, credentials, counts } = splitCredentials(full, mask);
    const key = Buffer.alloc(32, 7);
    const part = {
      document: config,
      fingerprintKey: fingerprintKeyName(key),
      fingerprints: fingerprintCredentials(credentials, key),
    };
    const keys = options.keys ?? this.keys;
    const { bytes } = await sealBackup(
      {
        backupId: `${scheduledTime.replaceAll(/[-:]/g, '')}-0123abcd`,
        tenant,
        scheduledTime,
        exportedAt: options.exportedAt ?? toInstant(new Date()),
        trigger: 'schedule',
        tier,
        source: { issuer: options.issuer ?? `https://example.com/${tenant}/system`, shape: 'tenant' },
        software: { name: 'tenant-backup', version: '0.1.0' },
        previous: previous ? { versionId: previous.versionId, etag: previous.etag } : null,
        resealed: null,
        objects: options.objects ?? { ...countObjects(full) },
        credentials: { ...counts },
        warnings: options.warnings ?? {},
      },
      (
        [
          { name: 'hub.config', plain: Buffer.from(JSON.stringify(part)), keyArn: keys.configuration },
          {
            name: 'hub.credentials',
            plain: Buffer.from(JSON.stringify(credentials)),
            keyArn: keys.credentials,
          },
        ] as const
      ).filter(({ name }) => options.parts?.includes(name) ?? true),
      { sealer: createSealer(this.kms), signer: createSigner(this.kms, this.signingKeyArn) },
    );
    const stored = await this.vault.put(tier, tenant, options.alter?.(bytes) ?? bytes, scheduledTime);
    return stored.versionId;
  }

  private aliasArn(purpose: string): string {
    return this.keys.configuration.replace(/key\/.*$/, `${PREFIX}/${purpose}`);
  }

  /** The environment of a process that runs the audit's own entry.
   * @param stack name of the stack */
  processEnvironment(stack: string): NodeJS.ProcessEnv {
    return {
      ...childEnvironment(this.localAws),
      [EnvironmentName.vaultBucket]: 'vault',
      [EnvironmentName.ledgerBucket]: 'ledger',
      [EnvironmentName.configurationAliasArn]: this.aliasArn('configuration'),
      [EnvironmentName.credentialsAliasArn]: this.aliasArn('credentials'),
      [EnvironmentName.fingerprintKeyArn]: this.fingerprintKeyArn,
      [EnvironmentName.signingKeyArn]: this.signingKeyArn,
      [EnvironmentName.ledgerKeys]: JSON.stringify(this.ledgerKeys),
      [EnvironmentName.alarmTopicArn]: this.topicArn,
      [EnvironmentName.retention]: retentionText(this.configuration.retentionPolicy),
      [EnvironmentName.maxExportBytes]: String(16 * 1024 * 1024),
      [EnvironmentName.auditSettings]: JSON.stringify({ ...this.configuration.auditSettings, stack }),
    };
  }

  /** The audit's tools, in this process. */
  tools(now: () => Date = () => new Date(), changes: Partial<AuditTools> = {}): AuditTools {
    return {
      ...createAuditTools(
        {
          vaultBucket: 'vault',
          ledgerBucket: 'ledger',
          keys: { configuration: this.aliasArn('configuration'), credentials: this.aliasArn('credentials') },
          fingerprintKeyArn: this.fingerprintKeyArn,
          signingKeyArn: this.signingKeyArn,
          ledgerKeys: this.ledgerKeys,
          trustedSigningKeys: [],
          alarmTopicArn: this.topicArn,
          retention: this.configuration.retentionPolicy,
          maxExportBytes: 16 * 1024 * 1024,
          settings: this.configuration.auditSettings,
        },
        clientSettings(this.localAws),
        now,
      ),
      ...changes,
    };
  }

  audit(
    hoursLater = 0,
    changes: Partial<AuditTools> = {},
    goOn: () => boolean = () => true,
    request: AuditRequest = {},
  ): Promise<AuditReport> {
    return audit(
      this.tools(() => new Date(Date.now() + hoursLater * 3_600_000), changes),
      goOn,
      request,
    );
  }

  /** An audit in which a person acknowledges findings of the one before. */
  acknowledge({ findings }: AuditReport, code: FindingCode): Promise<AuditReport> {
    const ids = findings.filter((finding) => finding.code === code).map(({ id }) => id);
    const acknowledge = {
      findings: ids,
      reason: 'it was planned',
      by: 'arn:aws:iam::111122223333:user/alice',
    };
    return this.audit(0, {}, () => true, { acknowledge });
  }

  async readLedger(key: string): Promise<string> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: 'ledger', Key: key }));
    const text = (await Body?.transformToString()) ?? '';
    return key.endsWith('.json') ? JSON.stringify(documentIn(text)) : text;
  }

  /** Writes an entry of the ledger, signed as its writer signs it. */
  writeLedger(key: string, document: object): Promise<void> {
    return createJsonObjects(this.s3, 'ledger', createLedgerProofs(this.kms, this.ledgerKeys)).put(
      key,
      document,
    );
  }

  /** One key for all roles. */
  get ledgerKeys(): LedgerKeys {
    const keys = LEDGER_WRITERS.map((writer) => [writer, this.signingKeyArn]);
    return { keys: Object.fromEntries(keys), scratch: 'scratch' };
  }

  /** Messages that the topic has sent since the last call.
   * @param expected waited for: they are delivered a moment later */
  async messages(expected = 0): Promise<{ subject: string; text: string }[]> {
    const found: { subject: string; text: string }[] = [];
    for (let turn = 0; ; turn++) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 3600,
          WaitTimeSeconds: 1,
        }),
      );
      if (Messages.length === 0 && (found.length >= expected || turn > 5)) return found;
      for (const { Body = '{}' } of Messages) {
        const { Subject, Message } = JSON.parse(Body);
        found.push({ subject: Subject, text: Message });
      }
    }
  }

  async stop(): Promise<void> {
    for (const client of [this.s3, this.kms, this.secrets, this.sns, this.sqs]) client.destroy();
    await this.localAws.stop();
  }
}
