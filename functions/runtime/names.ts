/** Names that the infrastructure sets and the functions read. */

/** Environment variables of the functions. The stack sets exactly these; `environment.ts` reads exactly these. */
export const EnvironmentName = {
  /** Name of the vault bucket. */
  vaultBucket: 'VAULT_BUCKET',
  /** Name of the ledger bucket. */
  ledgerBucket: 'LEDGER_BUCKET',
  /** ARN of the alias of the default configuration key; the aliases of all configuration keys begin with it. */
  configurationAliasArn: 'CONFIGURATION_ALIAS_ARN',
  /** ARN of the alias of the default credentials key; the aliases of all credentials keys begin with it. */
  credentialsAliasArn: 'CREDENTIALS_ALIAS_ARN',
  /** ARN of the KMS key from which fingerprint keys are derived. */
  fingerprintKeyArn: 'FINGERPRINT_KEY_ARN',
  /** ARN of the KMS key that signs manifests. */
  signingKeyArn: 'SIGNING_KEY_ARN',
  /** JSON of `LedgerKeys`: the KMS keys that sign records of the ledger, by role. */
  ledgerKeys: 'LEDGER_KEYS',
  /** The role that signs, where two may; absent if it is the usual writer. */
  ledgerWriter: 'LEDGER_WRITER',
  /** Public halves of additional trusted signing keys, as a JSON array of PEMs; absent if there are none. */
  trustedSigningKeys: 'TRUSTED_SIGNING_KEYS',
  /** Prefix of the enrolment secrets' names; absent if it is `ENROLMENT_PREFIX`. */
  enrolmentPrefix: 'ENROLMENT_PREFIX',
  /** URL of the backup queue. */
  queueUrl: 'QUEUE_URL',
  /** Queue URLs of additional lanes, as a JSON object keyed by lane name. */
  laneQueueUrls: 'LANE_QUEUE_URLS',
  /** URL of the backup queue's dead-letter queue. */
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Number of receives after which SQS moves a message to the dead-letter queue. */
  maxReceiveCount: 'MAX_RECEIVE_COUNT',
  /** Delay before the first retry of a failed message, in seconds; each retry doubles it. */
  retryDelaySeconds: 'RETRY_DELAY_SECONDS',
  /** JSON of the `RetentionPolicy`: how long the vault keeps and locks backups. */
  retention: 'RETENTION',
  /** Size limit of an export, in bytes. */
  maxExportBytes: 'MAX_EXPORT_BYTES',
  /** Public half of the escrow key in PEM; empty or absent if backups have no escrow recipient. */
  escrowPublicKey: 'ESCROW_PUBLIC_KEY',
  /** JSON of `AuditSettings`: the audit's thresholds. */
  auditSettings: 'AUDIT_SETTINGS',
  /** ARN of the topic for alarms and audit messages. */
  alarmTopicArn: 'ALARM_TOPIC_ARN',
  /** JSON of `DrillSettings`: the drill's sources and target. */
  drillSettings: 'DRILL_SETTINGS',
} as const;

/** Returns the identity of a stack's audit metrics, which the audit, the alarms and the dashboard share. CloudWatch matches
 * all dimensions exactly and returns no data if one is missing or extra.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension */
export const auditMetrics = (stack: string) =>
  ({ namespace: 'TenantBackup', dimensions: { stack }, unit: 'None' }) as const;

/** Metrics of the audit, which alarms and the dashboard read. No metric is per tenant. */
export const MetricName = {
  /** 1 for each completed audit. */
  audits: 'Audits',
  auditSeconds: 'AuditSeconds',
  /** Enrolled tenants. */
  tenants: 'Tenants',
  tenantsFresh: 'TenantsFresh',
  tenantsWithoutFreshBackup: 'TenantsWithoutFreshBackup',
  /** Greatest age of any tenant's newest good backup, in seconds. */
  oldestBackupSeconds: 'OldestBackupSeconds',
  /** Backups that are broken or missing. */
  backupsLost: 'BackupsLost',
  /** Backups that shrank, changed much or lack secrets. */
  suspiciousBackups: 'SuspiciousBackups',
  /** Keys that are not enabled, and unexpected principals of keys. */
  keysUnhealthy: 'KeysUnhealthy',
  vaultSettingsChanged: 'VaultSettingsChanged',
  /** Last restores and drills that failed, and interrupted restores. */
  restoresFailed: 'RestoresFailed',
  /** Tenants whose last drill failed, plus 1 if no drill was verified for too long. */
  drillsUnproved: 'DrillsUnproved',
  backupsKept: 'BackupsKept',
  backupBytes: 'BackupBytes',
  backupsOpened: 'BackupsOpened',
  backupsUnopened: 'BackupsUnopened',
  objectsChanged: 'ObjectsChanged',
} as const;

/** Default prefix of the enrolment secrets' names: `tenant-backup/tenants/<name>`. */
export const ENROLMENT_PREFIX = 'tenant-backup/tenants/';

/** The tag of an enrolment secret that names its schedule. */
export const SCHEDULE_TAG = 'tenant-backup:schedule';

/** The tag that keeps the schedule's name while the tenant is paused. */
export const PAUSED_TAG = 'tenant-backup:paused';

/** The tag of an enrolment secret that names its lane. Tenants of one SecureAuth host share a lane. */
export const LANE_TAG = 'tenant-backup:lane';

/** Key prefixes of the vault. Each has its own lifecycle rule. */
export const TIERS = ['daily', 'weekly', 'monthly', 'yearly', 'manual', 'safety'] as const;
export type Tier = (typeof TIERS)[number];

/** The tags of versions that functions store: the scheduled time of a whole backup, of a limited one, and of an incomplete one. */
export const FUNCTION_TAGS = ['scheduled-time', 'limited-for', 'incomplete-for'] as const;

/** The tag of an uploaded version, which names the person. The policies of functions do not allow it. */
export const UPLOADED_TAG = 'uploaded-by';

/** What a backup key seals. Separate purposes let a role open configurations without credentials. */
export const KEY_PURPOSES = ['configuration', 'credentials'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Name suffix of the parts that the keys of each purpose seal. */
export const PART_SUFFIXES = {
  configuration: '.config',
  credentials: '.credentials',
} as const satisfies Record<KeyPurpose, string>;

/** The label of the key that the stack creates for each purpose. */
export const FIRST_KEY_LABEL = 'first';

/** Returns how often the backup queue delivers a request that may be tried. A throttled call counts as a receive, though no
 * function saw the request. The function ends earlier tries itself.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const receivesOf = (maxReceiveCount: number): number => Math.max(maxReceiveCount, 5);

/** Names of the stack's outputs, which the operator's command and the demonstration read, without their prefix. */
export const OutputName = {
  vaultBucket: 'VaultBucket',
  ledgerBucket: 'LedgerBucket',
  queueUrl: 'QueueUrl',
  deadLetterQueueUrl: 'DeadLetterQueueUrl',
  configurationAliasArn: 'ConfigurationAliasArn',
  credentialsAliasArn: 'CredentialsAliasArn',
  fingerprintKeyArn: 'FingerprintKeyArn',
  signingKeyArn: 'SigningKeyArn',
  /** JSON of `LedgerKeys`. */
  ledgerKeys: 'LedgerKeys',
  /** JSON array of the PEMs of additional trusted signing keys. */
  trustedSigningKeys: 'TrustedSigningKeys',
  /** JSON of the vault's `RetentionPolicy`, as deployed. */
  retention: 'Retention',
  dispatchFunction: 'DispatchFunction',
  backupFunction: 'BackupFunction',
  restoreFunction: 'RestoreFunction',
  planFunction: 'PlanFunction',
  statusFunction: 'StatusFunction',
  auditFunction: 'AuditFunction',
  /** Absent unless the settings schedule drills. */
  drillFunction: 'DrillFunction',
  alarmTopicArn: 'AlarmTopicArn',
  undeliveredQueueUrl: 'UndeliveredQueueUrl',
  scheduleGroup: 'ScheduleGroup',
  /** Prefix of the enrolment secrets' names. */
  enrolmentPrefix: 'EnrolmentPrefix',
  /** JSON object of the operator policies' ARNs, keyed by `OperatorPolicy`. */
  operatorPolicies: 'OperatorPolicies',
} as const;

/** Returns the prefix of a deployment's output names, which is empty for the deployment that has the stack's name. At most
 * one deployment of a stack has that name. */
export const outputPrefix = (stackName: string, deployment: string): string =>
  deployment === stackName ? '' : deployment.replaceAll('-', '');

/** Policies for operators. Every operator needs `viewer`; the other policies add to it. */
const OPERATOR_POLICIES = [
  'viewer',
  'operator',
  'restorer',
  'tenantAdministrator',
  'keyAdministrator',
] as const;
export type OperatorPolicy = (typeof OPERATOR_POLICIES)[number];

/** Default name of the CloudFormation stack. */
export const STACK_NAME = 'TenantBackup';

/** The kind of a ledger entry, and the first part of its key.
 * - `operations`: restores and patches, phase by phase
 * - `plans`: plans to apply later, whose ids are their digests
 * - `reports`: the audit's reports and its history of each tenant
 * - `failures`: failed backups, by scheduled time
 * - `requests`: requests for backups that name their tenants, by scheduled time
 * - `tries`: the last try of each request, by scheduled time
 * - `checks`: the last check of a tenant that its newest backup equals, by tier
 * - `claims`: requests whose backup is being stored, by tier, scheduled time and window of time
 * - `forwards`: tenants to which a request for an enrolment of all tenants was forwarded, by scheduled time
 * - `drills`: restores into a scratch tenant, by start time
 * - `probes`: how deployments treat imports, by deployment and scratch tenant */
export type LedgerKind =
  | 'operations'
  | 'plans'
  | 'reports'
  | 'failures'
  | 'requests'
  | 'tries'
  | 'checks'
  | 'claims'
  | 'forwards'
  | 'drills'
  | 'probes';

/** The roles that sign what they write to the ledger. */
export const LEDGER_WRITERS = ['plan', 'restore', 'audit', 'drill'] as const;
export type LedgerWriter = (typeof LEDGER_WRITERS)[number];

/** The kinds of entries that are signed, and the role that signs them. Others tell of requests and tries, and decide nothing. */
export const SIGNED_KINDS = {
  plans: 'plan',
  operations: 'restore',
  reports: 'audit',
  drills: 'drill',
  probes: 'drill',
} as const satisfies Partial<Record<LedgerKind, LedgerWriter>>;
