/** What the role of each function may do, and some of what it may not. */
import type { Template } from 'aws-cdk-lib/assertions';
import { LEDGER_WRITERS } from '../../../functions/runtime/names.ts';
import { logicalId } from '../synthesize.ts';
import { arnOf } from '../template-arns.ts';
import type { Decision } from './policy-simulator.ts';

export type Row = readonly [action: string, resource: string, decision: Decision];

export interface RoleTable {
  /** How its logical id begins. */
  readonly role: string;
  readonly rows: readonly Row[];
  /** In words, all of `actions`. */
  readonly does: string;
  /** Every action that it may do on anything. */
  readonly actions: readonly string[];
}

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const READ_VAULT = [
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetObjectVersionTagging',
  's3:ListBucket',
  's3:ListBucketVersions',
];
const ADD_VERSIONS = ['s3:AbortMultipartUpload', 's3:PutObject', 's3:PutObjectTagging'];
const SEND = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

/** All tiers but that of safety backups. */
const NIGHTLY = ['daily', 'weekly', 'monthly', 'yearly', 'manual'];

const secret = (name: string): string => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;

/** What is in a stack, as policies name it. */
export function resourceNames(template: Template) {
  const bucket = (name: string): string => arnOf(template, logicalId(template, 'AWS::S3::Bucket', name));
  const queue = (name: string): string => arnOf(template, logicalId(template, 'AWS::SQS::Queue', name));
  const [vault, ledger] = [bucket('Vault'), bucket('Ledger')];
  return {
    vault,
    ledger,
    archive: `${vault}/daily/acme.tar`,
    safetyArchive: `${vault}/safety/acme.tar`,
    entry: `${ledger}/operations/acme/1.json`,
    backupQueue: queue('BackupQueue6'),
    deadLetterQueue: queue('BackupQueueDeadLetterQueue'),
    enrolment: secret('tenant-backup/tenants/acme-AbCdEf'),
    strangersSecret: secret('database/production-AbCdEf'),
    ledgerKeys: LEDGER_WRITERS.map((writer) =>
      arnOf(template, logicalId(template, 'AWS::KMS::Key', `LedgerKeys${writer}`)),
    ),
    signingKey: arnOf(template, logicalId(template, 'AWS::KMS::Key', 'KeysSigning')),
    fingerprintKey: arnOf(template, logicalId(template, 'AWS::KMS::Key', 'KeysFingerprint')),
    lambda: (name: string): string => arnOf(template, logicalId(template, 'AWS::Lambda::Function', name)),
  };
}

export function roleTables(template: Template): Readonly<Record<string, RoleTable>> {
  const names = resourceNames(template);
  const {
    vault,
    ledger,
    archive,
    safetyArchive,
    entry,
    backupQueue,
    deadLetterQueue,
    enrolment,
    strangersSecret,
    signingKey,
  } = names;
  const putInto = (tiers: readonly string[], decision: Decision): Row[] =>
    tiers.map((tier) => ['s3:PutObject', `${vault}/${tier}/acme.tar`, decision]);
  return {
    dispatch: {
      role: 'DispatchRole',
      does: 'log, list and find names, send messages and record requests',
      rows: [
        ['secretsmanager:ListSecrets', '*', 'allowed'],
        // Names and tags as well, also of what the list does not have yet: it lags by minutes.
        ['secretsmanager:DescribeSecret', enrolment, 'allowed'],
        ['secretsmanager:DescribeSecret', strangersSecret, 'denied'],
        ['sqs:SendMessage', backupQueue, 'allowed'],
        ['secretsmanager:GetSecretValue', enrolment, 'denied'],
        ['sqs:ReceiveMessage', backupQueue, 'denied'],
        ['kms:Sign', signingKey, 'denied'],
        ['s3:GetObject', archive, 'denied'],
        ['s3:PutObject', archive, 'denied'],
        ['s3:PutObject', `${ledger}/requests/acme/1.json`, 'allowed'],
        ['s3:GetObject', `${ledger}/requests/acme/1.json`, 'denied'],
        ['s3:PutObject', entry, 'denied'],
        ['lambda:InvokeFunction', names.lambda('Restore'), 'denied'],
      ],
      actions: [
        ...LOG,
        ...SEND,
        's3:PutObject',
        'secretsmanager:DescribeSecret',
        'secretsmanager:ListSecrets',
      ],
    },
    backup: {
      role: 'BackupRole',
      does: 'log, read enrolments, seal, sign, add versions, list them and work on its queue',
      rows: [
        ['secretsmanager:GetSecretValue', enrolment, 'allowed'],
        ...putInto(NIGHTLY, 'allowed'),
        ...NIGHTLY.map((tier): Row => ['s3:PutObjectTagging', `${vault}/${tier}/acme.tar`, 'allowed']),
        ['s3:ListBucketVersions', vault, 'allowed'],
        ['s3:GetObjectVersionTagging', archive, 'allowed'],
        ['s3:PutObject', entry, 'denied'],
        ['sqs:ReceiveMessage', backupQueue, 'allowed'],
        ['sqs:DeleteMessage', backupQueue, 'allowed'],
        ['sqs:ChangeMessageVisibility', backupQueue, 'allowed'],
        ['sqs:SendMessage', deadLetterQueue, 'allowed'],
        ['kms:Sign', signingKey, 'allowed'],
        ['kms:GetPublicKey', signingKey, 'allowed'],
        ['kms:ScheduleKeyDeletion', signingKey, 'denied'],
        ['s3:GetObject', archive, 'denied'],
        ['s3:GetObjectVersion', archive, 'denied'],
        ['s3:GetObject', entry, 'denied'],
        ['s3:PutObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'denied'],
        ['s3:DeleteObject', archive, 'explicitly denied'],
        ['s3:DeleteObjectVersion', archive, 'explicitly denied'],
        ['s3:PutObject', safetyArchive, 'denied'],
        ['s3:PutLifecycleConfiguration', vault, 'denied'],
        ['s3:PutBucketPolicy', vault, 'denied'],
        ['s3:PutBucketVersioning', vault, 'denied'],
        ['secretsmanager:PutSecretValue', enrolment, 'denied'],
        ['secretsmanager:ListSecrets', '*', 'denied'],
        ['secretsmanager:GetSecretValue', strangersSecret, 'denied'],
        // One request for all tenants of a deployment becomes one for each; whoever may add versions gains nothing by asking for more.
        ['sqs:SendMessage', backupQueue, 'allowed'],
        ['sqs:PurgeQueue', backupQueue, 'denied'],
      ],
      actions: [
        ...LOG,
        ...ADD_VERSIONS,
        ...SEND,
        'kms:GenerateDataKey',
        'kms:GenerateMac',
        'kms:GetPublicKey',
        'kms:Sign',
        's3:GetObject',
        's3:GetObjectVersionTagging',
        's3:ListBucketVersions',
        'secretsmanager:GetSecretValue',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:ReceiveMessage',
      ],
    },
    restore: {
      role: 'RestoreRole',
      does: 'log, read enrolments, list keys, open, seal and sign, read backups, add safety backups and keep entries',
      rows: [
        ['secretsmanager:GetSecretValue', enrolment, 'allowed'],
        ['s3:GetObject', archive, 'allowed'],
        ['s3:GetObjectVersion', archive, 'allowed'],
        ['s3:GetObjectVersion', safetyArchive, 'allowed'],
        ['s3:GetObjectVersionTagging', archive, 'allowed'],
        ['s3:ListBucketVersions', vault, 'allowed'],
        ['s3:PutObject', safetyArchive, 'allowed'],
        ['s3:PutObject', entry, 'allowed'],
        ['s3:GetObject', entry, 'allowed'],
        ['s3:GetObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'allowed'],
        ['s3:PutObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'denied'],
        ['kms:Sign', signingKey, 'allowed'],
        ['kms:GetPublicKey', signingKey, 'allowed'],
        ...putInto(NIGHTLY, 'denied'),
        ['s3:DeleteObject', safetyArchive, 'explicitly denied'],
        ['s3:DeleteObjectVersion', safetyArchive, 'explicitly denied'],
        ['s3:DeleteObject', entry, 'denied'],
        ['secretsmanager:PutSecretValue', enrolment, 'denied'],
        ['secretsmanager:GetSecretValue', strangersSecret, 'denied'],
        ['sqs:SendMessage', backupQueue, 'denied'],
      ],
      actions: [
        ...LOG,
        ...READ_VAULT,
        ...ADD_VERSIONS,
        'kms:Decrypt',
        'kms:GenerateDataKey',
        'kms:GenerateMac',
        'kms:GetPublicKey',
        'kms:ListAliases',
        'kms:Sign',
        'secretsmanager:GetSecretValue',
      ],
    },
    status: {
      role: 'StatusRole',
      does: 'log, read and verify the ledger and list versions',
      rows: [
        ['s3:GetObject', entry, 'allowed'],
        ['s3:GetObject', `${ledger}/tries/acme/1.json`, 'allowed'],
        ['s3:GetObject', `${ledger}/plans/acme/1.json`, 'denied'],
        ['s3:ListBucketVersions', vault, 'allowed'],
        ['s3:GetObjectVersionTagging', archive, 'allowed'],
        ['s3:GetObjectVersion', archive, 'denied'],
        ['s3:PutObject', entry, 'denied'],
        ['kms:Sign', signingKey, 'denied'],
        ['kms:GetPublicKey', signingKey, 'denied'],
        ['s3:GetObject', archive, 'denied'],
        ['secretsmanager:GetSecretValue', enrolment, 'denied'],
      ],
      actions: [
        ...LOG,
        'kms:GetPublicKey',
        's3:GetObject',
        's3:GetObjectVersionTagging',
        's3:ListBucket',
        's3:ListBucketVersions',
      ],
    },
    plan: {
      role: 'PlanRole',
      does: 'log, read enrolments, list keys, open configurations, fingerprint, read backups, put and sign plans',
      rows: [
        ['secretsmanager:GetSecretValue', enrolment, 'allowed'],
        ['s3:GetObject', archive, 'allowed'],
        ['s3:GetObjectVersion', archive, 'allowed'],
        ['s3:GetObjectVersion', safetyArchive, 'allowed'],
        ['s3:ListBucketVersions', vault, 'allowed'],
        ['s3:PutObject', `${ledger}/plans/acme/1.json`, 'allowed'],
        ['kms:GetPublicKey', signingKey, 'allowed'],
        ['kms:Sign', signingKey, 'denied'],
        ['s3:PutObject', entry, 'denied'],
        ['s3:PutObject', `${ledger}/locks/acme.json`, 'denied'],
        ['s3:GetObject', entry, 'denied'],
        ['s3:GetObject', `${ledger}/plans/acme/1.json`, 'denied'],
        ['s3:DeleteObject', `${ledger}/plans/acme/1.json`, 'denied'],
        ...putInto([...NIGHTLY, 'safety'], 'denied'),
        ['s3:DeleteObject', archive, 'explicitly denied'],
        ['s3:DeleteObjectVersion', archive, 'explicitly denied'],
        ['secretsmanager:PutSecretValue', enrolment, 'denied'],
        ['secretsmanager:ListSecrets', '*', 'denied'],
        ['secretsmanager:GetSecretValue', strangersSecret, 'denied'],
        ['s3:PutObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'denied'],
        ['sqs:SendMessage', backupQueue, 'denied'],
        ['lambda:InvokeFunction', names.lambda('Restore'), 'denied'],
      ],
      actions: [
        ...LOG,
        ...READ_VAULT,
        'kms:Decrypt',
        'kms:GenerateMac',
        'kms:GetPublicKey',
        'kms:ListAliases',
        'kms:Sign',
        's3:PutObject',
        'secretsmanager:GetSecretValue',
      ],
    },
    audit: {
      role: 'AuditRole',
      does: 'log, list names, read the vault, open configurations, look at keys, report, sign and tell',
      rows: [
        ['secretsmanager:ListSecrets', '*', 'allowed'],
        ['s3:ListBucketVersions', vault, 'allowed'],
        ['s3:GetObjectVersion', archive, 'allowed'],
        ['s3:GetObjectVersion', safetyArchive, 'allowed'],
        ['s3:GetLifecycleConfiguration', vault, 'allowed'],
        ['kms:GetPublicKey', signingKey, 'allowed'],
        ['kms:Sign', signingKey, 'denied'],
        ['s3:GetBucketObjectLockConfiguration', vault, 'allowed'],
        ['s3:PutObject', `${ledger}/reports/latest.json`, 'allowed'],
        ['s3:GetObject', `${ledger}/reports/tenants/acme.json`, 'allowed'],
        ['s3:GetObject', `${ledger}/failures/acme/1.json`, 'allowed'],
        ['s3:GetObject', entry, 'allowed'],
        ['secretsmanager:GetSecretValue', enrolment, 'denied'],
        ['s3:PutObject', archive, 'denied'],
        ['s3:PutObject', safetyArchive, 'denied'],
        ['s3:PutObjectTagging', archive, 'denied'],
        ['s3:DeleteObjectVersion', archive, 'explicitly denied'],
        ['s3:PutLifecycleConfiguration', vault, 'denied'],
        ['s3:PutBucketPolicy', vault, 'denied'],
        ['s3:PutObject', entry, 'denied'],
        ['s3:PutObject', `${ledger}/locks/acme.json`, 'denied'],
        ['s3:GetObject', `${ledger}/plans/acme/1.json`, 'denied'],
        ['s3:PutObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'denied'],
        ['sqs:SendMessage', backupQueue, 'denied'],
        ['lambda:InvokeFunction', names.lambda('Restore'), 'denied'],
      ],
      actions: [
        ...LOG,
        ...READ_VAULT,
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:GetKeyPolicy',
        // Of the topic's key, to which nothing else is sealed.
        'kms:GenerateDataKey',
        'kms:GetPublicKey',
        'kms:ListAliases',
        'kms:ListGrants',
        'kms:Sign',
        's3:GetBucketObjectLockConfiguration',
        's3:GetBucketPolicy',
        's3:GetBucketPublicAccessBlock',
        's3:GetBucketVersioning',
        's3:GetLifecycleConfiguration',
        's3:PutObject',
        'secretsmanager:ListSecrets',
        'sns:Publish',
      ],
    },
  };
}
