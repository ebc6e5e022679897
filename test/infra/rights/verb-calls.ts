/** What each verb of the command calls in AWS, with the caller's own permissions. */
import type { Template } from 'aws-cdk-lib/assertions';
import { resourceNames } from './role-tables.ts';

/** What a verb asks for, with the condition keys that AWS adds. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

const here = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:111122223333:${rest}`;
const ours = { 'aws:ResourceTag/application': 'tenant-backup' };
const named = { ...ours, 'kms:ResourceAliases': ['alias/TenantBackup/credentials/first'] };

/** Calls by verb, in the words of `docs/COMMAND.md`. What needs no AWS has none. */
export function verbCalls(template: Template): Readonly<Record<string, readonly Call[]>> {
  const names = resourceNames(template);
  const { vault, ledger, archive, entry, enrolment, signingKey, ledgerKeys } = names;
  const on = (resource: string, actions: readonly string[], context: Call['context'] = {}): Call[] =>
    actions.map((action) => ({ action, resource, context }));
  const invoke = (verb: string): Call[] => on(names.lambda(verb), ['lambda:InvokeFunction']);

  const stack = on(here('cloudformation', 'stack/TenantBackup/1'), ['cloudformation:DescribeStacks']);
  const find = [...stack, ...on(vault, ['s3:ListBucketVersions']), ...on(archive, ['s3:GetObjectVersion'])];
  const reads = [
    ...on(ledger, ['s3:ListBucket']),
    ...on(entry, ['s3:GetObject']),
    ...ledgerKeys.flatMap((key) => on(key, ['kms:GetPublicKey'])),
  ];
  const put = on(archive, ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectRetention']);
  const histories = [...find, ...on(archive, ['s3:GetObjectRetention', 's3:GetObjectLegalHold'])];
  const settings = on(vault, [
    's3:GetBucketVersioning',
    's3:GetLifecycleConfiguration',
    's3:GetBucketObjectLockConfiguration',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketPolicy',
  ]);
  const describe = on(enrolment, ['secretsmanager:DescribeSecret']);
  const readEnrolment = on(enrolment, ['secretsmanager:GetSecretValue']);
  const listEnrolments = on('*', ['secretsmanager:ListSecrets']);
  const schedules = on('*', ['scheduler:ListSchedules']);
  const report = [...stack, ...reads];

  const registry = [...stack, ...on('*', ['kms:ListAliases'])];
  const publicKey = on(signingKey, ['kms:GetPublicKey']);
  const key = here('kms', 'key/12345678-1234-1234-1234-123456789012');
  const alias = here('kms', 'alias/TenantBackup/credentials/second');
  // One with an alias, and one that has none yet or has lost it.
  const onKeys = (actions: readonly string[]) => [...on(key, actions, named), ...on(key, actions, ours)];
  const sealing = { ...named, 'kms:EncryptionContext:tenant': 'acme' };
  const decrypt = on(key, ['kms:Decrypt'], { ...sealing, 'kms:EncryptionContext:part': 'hub.credentials' });
  const open = [...registry, ...publicKey, ...decrypt];
  const access = onKeys(['kms:GetKeyPolicy', 'kms:ListGrants']);
  const keysCheck = [...find, ...registry, ...onKeys(['kms:DescribeKey']), ...access];
  // KMS checks the right to name a key on the alias and on each key.
  const name = (action: string) => [...on(alias, [action]), ...on(key, [action], ours)];
  const tag = on(enrolment, ['secretsmanager:TagResource', 'secretsmanager:UntagResource']);
  const seal = [
    ...on(key, ['kms:GenerateDataKey'], { ...sealing, 'kms:EncryptionContext:part': 'hub.config' }),
    ...on(signingKey, ['kms:Sign']),
  ];
  const update = [
    ...stack,
    ...schedules,
    ...describe,
    ...on(enrolment, [
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
      'secretsmanager:TagResource',
    ]),
  ];
  const doctor = [
    ...registry,
    ...reads,
    ...on('arn:aws:iam::111122223333:policy/tenant-backup/TenantBackup/Viewer', [
      'iam:ListEntitiesForPolicy',
    ]),
    ...on(key, ['kms:DescribeKey'], named),
    ...settings,
    ...schedules,
    ...on(names.backupQueue, ['sqs:GetQueueAttributes']),
    ...on(names.deadLetterQueue, ['sqs:GetQueueAttributes']),
  ];
  return {
    acknowledge: [...stack, ...invoke('Audit')],
    completion: [],
    delete: [...histories, ...on(archive, ['s3:DeleteObjectVersion'])],
    diff: [...find, ...invoke('Plan')],
    doctor: [...doctor, ...listEnrolments, ...readEnrolment],
    'doctor --no-tenants': doctor,
    download: find,
    drill: [...stack, ...invoke('Drill')],
    'tenants probe': [...stack, ...invoke('Drill')],
    'escrow create': [],
    hold: [...histories, ...on(archive, ['s3:PutObjectLegalHold'])],
    inspect: [],
    'keys add': [...registry, ...onKeys(['kms:DescribeKey']), ...name('kms:CreateAlias'), ...access],
    'keys check': [...keysCheck, ...decrypt],
    'keys check --no-open': keysCheck,
    'keys create': [
      ...registry,
      ...on('*', ['kms:CreateKey', 'kms:TagResource']),
      ...on(key, ['kms:EnableKeyRotation'], ours),
      ...name('kms:CreateAlias'),
    ],
    'keys default': [...registry, ...onKeys(['kms:DescribeKey']), ...name('kms:UpdateAlias'), ...access],
    'keys inspect': find,
    'keys list': [
      ...find,
      ...registry,
      ...onKeys(['kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:ListKeyRotations']),
    ],
    'keys rotate': [...registry, ...on(key, ['kms:RotateKeyOnDemand'], named)],
    'keys signing': [...stack, ...publicKey],
    list: find,
    open,
    'patch apply': [...stack, ...invoke('Restore'), ...invoke('Status')],
    'patch make': [...find, ...open, ...readEnrolment],
    plan: [...find, ...invoke('Plan')],
    release: [...histories, ...on(archive, ['s3:PutObjectLegalHold'])],
    report,
    'report --now': [...report, ...invoke('Audit')],
    restore: [...find, ...reads, ...invoke('Plan'), ...invoke('Restore'), ...invoke('Status')],
    'retention check': [...stack, ...settings],
    'retention preview': histories,
    rewrap: [
      ...find,
      ...open,
      ...on(archive, ['s3:GetObjectVersionTagging']),
      ...readEnrolment,
      ...seal,
      ...put,
    ],
    run: [
      ...find,
      ...on(archive, ['s3:GetObjectVersionTagging']),
      ...reads,
      ...listEnrolments,
      ...invoke('Dispatch'),
    ],
    show: find,
    status: [...stack, ...on(ledger, ['s3:ListBucket']), ...invoke('Status')],
    'tenants add': [
      ...stack,
      ...schedules,
      ...on(enrolment, ['secretsmanager:CreateSecret', 'secretsmanager:TagResource']),
    ],
    'tenants list': [...stack, ...listEnrolments],
    'tenants pause': [...stack, ...describe, ...tag],
    'tenants remove': [...stack, ...describe, ...on(enrolment, ['secretsmanager:DeleteSecret'])],
    'tenants resume': [...stack, ...describe, ...tag],
    'tenants test': [...stack, ...readEnrolment],
    'tenants update': [...update, ...readEnrolment],
    'tenants update --file': update,
    upload: [...find, ...registry, ...publicKey, ...put],
    'upload --export': [
      ...find,
      ...registry,
      ...publicKey,
      ...readEnrolment,
      ...on(names.fingerprintKey, ['kms:GenerateMac']),
      ...seal,
      ...put,
    ],
    verify: [...find, ...open],
    'verify --no-open': [...find, ...publicKey],
  };
}
