/** Names shared by the infrastructure that sets them and the functions that read them. */

/** Environment variables of the functions. The stack sets exactly these; `environment.ts` reads exactly these. */
export const EnvironmentName = {
  /** Name of the vault bucket. */
  vaultBucket: 'VAULT_BUCKET',
  /** Name of the ledger bucket. */
  ledgerBucket: 'LEDGER_BUCKET',
  /** ARN of the alias that names the KMS key which seals configuration; the aliases of all such keys lie below it. */
  configurationAliasArn: 'CONFIGURATION_ALIAS_ARN',
  /** ARN of the alias that names the KMS key which seals credentials; the aliases of all such keys lie below it. */
  credentialsAliasArn: 'CREDENTIALS_ALIAS_ARN',
  /** ARN of the KMS key that fingerprint keys are derived from. */
  fingerprintKeyArn: 'FINGERPRINT_KEY_ARN',
  /** ARN of the KMS key that manifests are signed with. */
  signingKeyArn: 'SIGNING_KEY_ARN',
  /** Public halves of further keys that may have signed backups, as a JSON array of PEMs; absent where there are none. */
  trustedSigningKeys: 'TRUSTED_SIGNING_KEYS',
  /** Beginning of the names of the enrolments' secrets; absent where it is `ENROLMENT_PREFIX`. */
  enrolmentPrefix: 'ENROLMENT_PREFIX',
  /** URL of the backup queue. */
  queueUrl: 'QUEUE_URL',
  /** URLs of the queues of further lanes, as JSON by their names. */
  laneQueueUrls: 'LANE_QUEUE_URLS',
  /** URL of the backup queue's dead-letter queue. */
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** How often a message is received before it goes to the dead-letter queue. */
  maxReceiveCount: 'MAX_RECEIVE_COUNT',
  /** Pause before a failed message is tried again, in seconds; doubled each time. */
  retryDelaySeconds: 'RETRY_DELAY_SECONDS',
  /** How long backups are kept and locked, as JSON of a `RetentionPolicy`. */
  retention: 'RETENTION',
  /** Largest export that is accepted, in bytes. */
  maxExportBytes: 'MAX_EXPORT_BYTES',
  /** Public half of the escrow key in PEM; empty or absent where backups have no escrow recipient. */
  escrowPublicKey: 'ESCROW_PUBLIC_KEY',
  /** What the audit judges by, as JSON of `AuditSettings`. */
  auditSettings: 'AUDIT_SETTINGS',
  /** ARN of the topic that alarms and the audit's messages go to. */
  alarmTopicArn: 'ALARM_TOPIC_ARN',
  /** What is drilled, and where, as JSON of `DrillSettings`. */
  drillSettings: 'DRILL_SETTINGS',
} as const;

/** What identifies the metrics of a stack's audit. CloudWatch matches a metric by all of it, and answers nothing for a
 * dimension too few or too many. The audit publishes under it; alarms and dashboard ask for it.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension */
export const auditMetrics = (stack: string) =>
  ({ namespace: 'TenantBackup', dimensions: { stack }, unit: 'None' }) as const;

/** What the audit counts. Alarms and dashboard read these; there is none for a single tenant. */
export const MetricName = {
  /** 1 for each audit that ended well. */
  audits: 'Audits',
  auditSeconds: 'AuditSeconds',
  /** Tenants that are enrolled. */
  tenants: 'Tenants',
  tenantsFresh: 'TenantsFresh',
  tenantsWithoutFreshBackup: 'TenantsWithoutFreshBackup',
  /** Age of the newest good backup of the tenant that is worst off, in seconds. */
  oldestBackupSeconds: 'OldestBackupSeconds',
  /** Backups that are broken or gone. */
  backupsLost: 'BackupsLost',
  /** Backups that shrank, changed much or lack secrets. */
  suspiciousBackups: 'SuspiciousBackups',
  /** Keys that are not enabled, and principals that keys let in. */
  keysUnhealthy: 'KeysUnhealthy',
  vaultSettingsChanged: 'VaultSettingsChanged',
  /** Restores and drills of which the last one failed, and restores that were killed. */
  restoresFailed: 'RestoresFailed',
  /** Tenants of which the last drill failed, and 1 more if none was proved for too long. */
  drillsUnproved: 'DrillsUnproved',
  backupsKept: 'BackupsKept',
  backupBytes: 'BackupBytes',
  backupsOpened: 'BackupsOpened',
  backupsUnopened: 'BackupsUnopened',
  objectsChanged: 'ObjectsChanged',
} as const;

/** Default beginning of the names of the enrolments' secrets: `tenant-backup/tenants/<name>`. */
export const ENROLMENT_PREFIX = 'tenant-backup/tenants/';

/** The tag of an enrolment secret that names its schedule. */
export const SCHEDULE_TAG = 'tenant-backup:schedule';

/** The tag that keeps the name of its schedule while a tenant is paused. */
export const PAUSED_TAG = 'tenant-backup:paused';

/** The tag of an enrolment secret that names its lane: tenants of one SecureAuth host share one. */
export const LANE_TAG = 'tenant-backup:lane';

/** Key prefixes of the vault, each with a lifecycle rule of its own. */
export const TIERS = ['daily', 'weekly', 'monthly', 'yearly', 'manual', 'safety'] as const;
export type Tier = (typeof TIERS)[number];

/** What a backup key seals. Two purposes, so that whoever may open configurations need not be able to open credentials. */
export const KEY_PURPOSES = ['configuration', 'credentials'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** How the names of the parts end that the keys of a purpose seal. */
export const PART_SUFFIXES = {
  configuration: '.config',
  credentials: '.credentials',
} as const satisfies Record<KeyPurpose, string>;

/** The label of the key that the stack makes for each purpose. */
export const FIRST_KEY_LABEL = 'first';

/** Names of the stack's outputs, which the operator's command and the demonstration read. */
export const OutputName = {
  vaultBucket: 'VaultBucket',
  ledgerBucket: 'LedgerBucket',
  queueUrl: 'QueueUrl',
  deadLetterQueueUrl: 'DeadLetterQueueUrl',
  configurationAliasArn: 'ConfigurationAliasArn',
  credentialsAliasArn: 'CredentialsAliasArn',
  fingerprintKeyArn: 'FingerprintKeyArn',
  signingKeyArn: 'SigningKeyArn',
  /** JSON array of the PEMs of further keys that may have signed backups. */
  trustedSigningKeys: 'TrustedSigningKeys',
  /** JSON of the `RetentionPolicy` that the vault was deployed with. */
  retention: 'Retention',
  dispatchFunction: 'DispatchFunction',
  backupFunction: 'BackupFunction',
  restoreFunction: 'RestoreFunction',
  planFunction: 'PlanFunction',
  statusFunction: 'StatusFunction',
  auditFunction: 'AuditFunction',
  /** Only where the settings ask for drills. */
  drillFunction: 'DrillFunction',
  alarmTopicArn: 'AlarmTopicArn',
  undeliveredQueueUrl: 'UndeliveredQueueUrl',
  scheduleGroup: 'ScheduleGroup',
  /** Beginning of the names of the enrolments' secrets. */
  enrolmentPrefix: 'EnrolmentPrefix',
  /** JSON of the ARNs of the policies for operators, by `OperatorPolicy`. */
  operatorPolicies: 'OperatorPolicies',
} as const;

/** Returns what the names of a deployment's outputs begin with. Only one deployment of a stack can have its name, and its
 * outputs have no prefix. */
export const outputPrefix = (stackName: string, deployment: string): string =>
  deployment === stackName ? '' : deployment.replaceAll('-', '');

/** Policies for operators. Everyone needs the viewer's; the others add to it. */
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

/** What entries are about, and the first part of their keys.
 * - `operations`: restores and patches, phase by phase
 * - `plans`: what an operation would do, to be applied later as it is; their ids are their digests
 * - `reports`: what the audit found
 * - `failures`: backups that failed for good, by their scheduled time
 * - `forwards`: the tenants that a request for an enrolment of many was passed on for, by its scheduled time
 * - `drills`: restores into a scratch tenant, by the time at which they began */
export type LedgerKind = 'operations' | 'plans' | 'reports' | 'failures' | 'forwards' | 'drills';
