import { describe, expect, it } from 'vitest';
import { type AccessRequest, allowedActions, arnOf, type Decision, simulate } from './policy-simulator.ts';
import { logicalId, synthesize } from './synthesize.ts';

const template = synthesize();

const role = (name: string): string => logicalId(template, 'AWS::IAM::Role', name);
const bucket = (name: string): string => arnOf(logicalId(template, 'AWS::S3::Bucket', name));
const queue = (name: string): string => arnOf(logicalId(template, 'AWS::SQS::Queue', name));

const secret = (name: string): string => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;
const enrolment = secret('tenant-backup/tenants/acme-AbCdEf');
const vault = bucket('Vault');
const ledger = bucket('Ledger');
const archive = `${vault}/daily/acme.tar`;
const safetyArchive = `${vault}/safety/acme.tar`;
const entry = `${ledger}/operations/acme/1.json`;
const backupQueue = queue('BackupQueue6');
const deadLetterQueue = queue('BackupQueueDeadLetterQueue');

type Row = readonly [action: string, resource: string, decision: Decision];

const decide = (name: string, action: string, resource: string): Decision =>
  simulate(template, { role: role(name), action, resource });

describe('dispatch', () => {
  it.each<Row>([
    ['secretsmanager:ListSecrets', '*', 'allowed'],
    ['sqs:SendMessage', backupQueue, 'allowed'],
    ['secretsmanager:GetSecretValue', enrolment, 'denied'],
    ['sqs:ReceiveMessage', backupQueue, 'denied'],
    ['s3:GetObject', archive, 'denied'],
    ['s3:PutObject', archive, 'denied'],
    ['lambda:InvokeFunction', arnOf(logicalId(template, 'AWS::Lambda::Function', 'Restore')), 'denied'],
  ])('%s on %s is %s', (action, resource, decision) => {
    expect(decide('DispatchRole', action, resource)).toBe(decision);
  });

  it('may do nothing but log, list names and send messages', () => {
    expect(allowedActions(template, role('DispatchRole'))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:ListSecrets',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:SendMessage',
    ]);
  });
});

describe('backup', () => {
  it.each<Row>([
    ['secretsmanager:GetSecretValue', enrolment, 'allowed'],
    ...['daily', 'weekly', 'monthly', 'yearly', 'manual'].flatMap<Row>((tier) => [
      ['s3:PutObject', `${vault}/${tier}/acme.tar`, 'allowed'],
      ['s3:PutObjectTagging', `${vault}/${tier}/acme.tar`, 'allowed'],
    ]),
    ['s3:ListBucketVersions', vault, 'allowed'],
    ['s3:GetObjectVersionTagging', archive, 'allowed'],
    ['s3:PutObject', entry, 'allowed'],
    ['sqs:ReceiveMessage', backupQueue, 'allowed'],
    ['sqs:DeleteMessage', backupQueue, 'allowed'],
    ['sqs:ChangeMessageVisibility', backupQueue, 'allowed'],
    ['sqs:SendMessage', deadLetterQueue, 'allowed'],
    ['s3:GetObject', archive, 'denied'],
    ['s3:GetObjectVersion', archive, 'denied'],
    ['s3:GetObject', entry, 'denied'],
    ['s3:DeleteObject', archive, 'explicitly denied'],
    ['s3:DeleteObjectVersion', archive, 'explicitly denied'],
    ['s3:PutObject', safetyArchive, 'denied'],
    ['s3:PutLifecycleConfiguration', vault, 'denied'],
    ['s3:PutBucketPolicy', vault, 'denied'],
    ['s3:PutBucketVersioning', vault, 'denied'],
    ['secretsmanager:PutSecretValue', enrolment, 'denied'],
    ['secretsmanager:ListSecrets', '*', 'denied'],
    ['secretsmanager:GetSecretValue', secret('database/production-AbCdEf'), 'denied'],
    // One request for all tenants of a deployment becomes one for each; whoever may add versions gains nothing by asking for more.
    ['sqs:SendMessage', backupQueue, 'allowed'],
    ['sqs:PurgeQueue', backupQueue, 'denied'],
  ])('%s on %s is %s', (action, resource, decision) => {
    expect(decide('BackupRole', action, resource)).toBe(decision);
  });

  it('may do nothing but log, read enrolments, seal, add versions, list them and work on its queue', () => {
    expect(allowedActions(template, role('BackupRole'))).toEqual([
      'kms:GenerateDataKey',
      'kms:GenerateMac',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:AbortMultipartUpload',
      's3:GetObjectVersionTagging',
      's3:ListBucketVersions',
      's3:PutObject',
      's3:PutObjectTagging',
      'secretsmanager:GetSecretValue',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ]);
  });
});

describe('restore', () => {
  it.each<Row>([
    ['secretsmanager:GetSecretValue', enrolment, 'allowed'],
    ['s3:GetObject', archive, 'allowed'],
    ['s3:GetObjectVersion', archive, 'allowed'],
    ['s3:GetObjectVersion', safetyArchive, 'allowed'],
    ['s3:GetObjectVersionTagging', archive, 'allowed'],
    ['s3:ListBucketVersions', vault, 'allowed'],
    ['s3:PutObject', safetyArchive, 'allowed'],
    ['s3:PutObject', entry, 'allowed'],
    ['s3:GetObject', entry, 'allowed'],
    ...['daily', 'weekly', 'monthly', 'yearly', 'manual'].map<Row>((tier) => [
      's3:PutObject',
      `${vault}/${tier}/acme.tar`,
      'denied',
    ]),
    ['s3:DeleteObject', safetyArchive, 'explicitly denied'],
    ['s3:DeleteObjectVersion', safetyArchive, 'explicitly denied'],
    ['s3:DeleteObject', entry, 'denied'],
    ['secretsmanager:PutSecretValue', enrolment, 'denied'],
    ['secretsmanager:GetSecretValue', secret('database/production-AbCdEf'), 'denied'],
    ['sqs:SendMessage', backupQueue, 'denied'],
  ])('%s on %s is %s', (action, resource, decision) => {
    expect(decide('RestoreRole', action, resource)).toBe(decision);
  });

  it('may do nothing but log, read enrolments, list keys, open and seal, read backups, add safety backups and keep entries', () => {
    expect(allowedActions(template, role('RestoreRole'))).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:GenerateMac',
      'kms:ListAliases',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
      's3:ListBucket',
      's3:ListBucketVersions',
      's3:PutObject',
      's3:PutObjectTagging',
      'secretsmanager:GetSecretValue',
    ]);
  });
});

describe('status', () => {
  it.each<Row>([
    ['s3:GetObject', entry, 'allowed'],
    ['s3:PutObject', entry, 'denied'],
    ['s3:GetObject', archive, 'denied'],
    ['s3:ListBucketVersions', vault, 'denied'],
    ['secretsmanager:GetSecretValue', enrolment, 'denied'],
  ])('%s on %s is %s', (action, resource, decision) => {
    expect(decide('StatusRole', action, resource)).toBe(decision);
  });

  it('may do nothing but log and read the ledger', () => {
    expect(allowedActions(template, role('StatusRole'))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
    ]);
  });
});

describe('plan', () => {
  it.each<Row>([
    ['secretsmanager:GetSecretValue', enrolment, 'allowed'],
    ['s3:GetObject', archive, 'allowed'],
    ['s3:GetObjectVersion', archive, 'allowed'],
    ['s3:GetObjectVersion', safetyArchive, 'allowed'],
    ['s3:ListBucketVersions', vault, 'allowed'],
    ['s3:PutObject', `${ledger}/plans/acme/1.json`, 'allowed'],
    ['s3:PutObject', entry, 'denied'],
    ['s3:PutObject', `${ledger}/locks/acme.json`, 'denied'],
    ['s3:GetObject', entry, 'denied'],
    ['s3:GetObject', `${ledger}/plans/acme/1.json`, 'denied'],
    ['s3:DeleteObject', `${ledger}/plans/acme/1.json`, 'denied'],
    ...['daily', 'weekly', 'monthly', 'yearly', 'manual', 'safety'].map<Row>((tier) => [
      's3:PutObject',
      `${vault}/${tier}/acme.tar`,
      'denied',
    ]),
    ['s3:DeleteObject', archive, 'explicitly denied'],
    ['s3:DeleteObjectVersion', archive, 'explicitly denied'],
    ['secretsmanager:PutSecretValue', enrolment, 'denied'],
    ['secretsmanager:ListSecrets', '*', 'denied'],
    ['secretsmanager:GetSecretValue', secret('database/production-AbCdEf'), 'denied'],
    ['sqs:SendMessage', backupQueue, 'denied'],
    ['lambda:InvokeFunction', arnOf(logicalId(template, 'AWS::Lambda::Function', 'Restore')), 'denied'],
  ])('%s on %s is %s', (action, resource, decision) => {
    expect(decide('PlanRole', action, resource)).toBe(decision);
  });

  it('may do nothing but log, read enrolments, list keys, open configurations, fingerprint, read backups and put plans', () => {
    expect(allowedActions(template, role('PlanRole'))).toEqual([
      'kms:Decrypt',
      'kms:GenerateMac',
      'kms:ListAliases',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
      's3:ListBucket',
      's3:ListBucketVersions',
      's3:PutObject',
      'secretsmanager:GetSecretValue',
    ]);
  });
});

describe('audit', () => {
  it.each<Row>([
    ['secretsmanager:ListSecrets', '*', 'allowed'],
    ['s3:ListBucketVersions', vault, 'allowed'],
    ['s3:GetObjectVersion', archive, 'allowed'],
    ['s3:GetObjectVersion', safetyArchive, 'allowed'],
    ['s3:GetLifecycleConfiguration', vault, 'allowed'],
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
    ['sqs:SendMessage', backupQueue, 'denied'],
    ['lambda:InvokeFunction', arnOf(logicalId(template, 'AWS::Lambda::Function', 'Restore')), 'denied'],
  ])('%s on %s is %s', (action, resource, decision) => {
    expect(decide('WatchAuditRole', action, resource)).toBe(decision);
  });

  const key = 'arn:aws:kms:eu-central-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e';
  const onKey = (action: string, purpose: string, part: string): Decision =>
    simulate(template, {
      role: role('WatchAuditRole'),
      action,
      resource: key,
      context: {
        'kms:EncryptionContext:tenant': 'acme',
        'kms:EncryptionContext:part': part,
        'kms:ResourceAliases': [`alias/TenantBackup/${purpose}/first`],
      },
    });

  it.each<[action: string, purpose: string, part: string, decision: Decision]>([
    ['kms:Decrypt', 'configuration', 'hub.config', 'allowed'],
    ['kms:Decrypt', 'credentials', 'hub.credentials', 'denied'],
    // Whatever a part is called: its key decides as well.
    ['kms:Decrypt', 'credentials', 'hub.config', 'denied'],
    ['kms:Decrypt', 'configuration', 'hub.credentials', 'denied'],
    ['kms:DescribeKey', 'configuration', '', 'allowed'],
    ['kms:DescribeKey', 'credentials', '', 'allowed'],
    ['kms:DescribeKey', 'somebody-elses', '', 'denied'],
    ['kms:GenerateDataKey', 'configuration', 'hub.config', 'denied'],
    ['kms:GenerateDataKey', 'credentials', 'hub.credentials', 'denied'],
  ])('%s under a key for %s of %s is %s', (action, purpose, part, decision) => {
    expect(onKey(action, purpose, part)).toBe(decision);
  });

  it('may do nothing but log, list names, read the vault, open configurations, look at keys, report and tell', () => {
    expect(allowedActions(template, role('WatchAuditRole'))).toEqual([
      'kms:Decrypt',
      'kms:DescribeKey',
      // Of the topic's key, to which nothing else is sealed.
      'kms:GenerateDataKey',
      'kms:ListAliases',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetBucketObjectLockConfiguration',
      's3:GetBucketPolicy',
      's3:GetBucketPublicAccessBlock',
      's3:GetBucketVersioning',
      's3:GetLifecycleConfiguration',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
      's3:ListBucket',
      's3:ListBucketVersions',
      's3:PutObject',
      'secretsmanager:ListSecrets',
      'sns:Publish',
    ]);
  });

  it('is called by its schedule alone', () => {
    const schedule = role('WatchScheduleRole');
    const lambda = (name: string): string => arnOf(logicalId(template, 'AWS::Lambda::Function', name));
    expect(decide('WatchScheduleRole', 'lambda:InvokeFunction', lambda('WatchAudit'))).toBe('allowed');
    expect(decide('WatchScheduleRole', 'lambda:InvokeFunction', lambda('Backup'))).toBe('denied');
    expect(allowedActions(template, schedule)).toEqual(['lambda:InvokeFunction']);
  });
});

describe('backup keys', () => {
  const part = { 'kms:EncryptionContext:tenant': 'acme', 'kms:EncryptionContext:part': 'hub.credentials' };
  const credentialsKey = { ...part, 'kms:ResourceAliases': ['alias/TenantBackup/credentials/second'] };
  const on = (name: string, action: string, context: AccessRequest['context'] = {}): Decision =>
    simulate(template, {
      role: role(name),
      action,
      resource: 'arn:aws:kms:eu-central-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e',
      context,
    });

  it.each([
    ['DispatchRole', 'kms:GenerateDataKey', 'denied'],
    ['DispatchRole', 'kms:Decrypt', 'denied'],
    ['BackupRole', 'kms:GenerateDataKey', 'allowed'],
    ['BackupRole', 'kms:Decrypt', 'denied'],
    ['BackupRole', 'kms:ReEncryptFrom', 'denied'],
    ['BackupRole', 'kms:CreateGrant', 'denied'],
    ['BackupRole', 'kms:UpdateAlias', 'denied'],
    // Neither opens nor seals credentials: configurations are below.
    ['PlanRole', 'kms:Decrypt', 'denied'],
    ['PlanRole', 'kms:GenerateDataKey', 'denied'],
    ['RestoreRole', 'kms:GenerateDataKey', 'allowed'],
    ['RestoreRole', 'kms:Decrypt', 'allowed'],
    ['RestoreRole', 'kms:CreateGrant', 'denied'],
    ['RestoreRole', 'kms:UpdateAlias', 'denied'],
    ['RestoreRole', 'kms:ScheduleKeyDeletion', 'denied'],
  ])('%s: %s is %s', (name, action, decision) => {
    expect(on(name, action, credentialsKey)).toBe(decision);
  });

  it.each([
    ['by the alias of the default', ['alias/TenantBackup/credentials'], 'allowed'],
    ['by a label', ['alias/other', 'alias/TenantBackup/credentials/second'], 'allowed'],
    ['by a label of a tenant', ['alias/TenantBackup/credentials/tenants/acme/own'], 'allowed'],
    ['but not without an alias', [], 'denied'],
    ['but not by an alias that only begins alike', ['alias/TenantBackup/credentials-of-mine'], 'denied'],
    ['but not by an alias of another stack', ['alias/Trial/credentials'], 'denied'],
    ['but not by an alias of the other purpose', ['alias/TenantBackup/configuration/first'], 'denied'],
    ['but not by the alias of the fingerprint key', ['alias/TenantBackup/fingerprint'], 'denied'],
  ])('are recognised %s', (_, aliases, decision) => {
    const context = { ...part, 'kms:ResourceAliases': aliases };
    expect(on('BackupRole', 'kms:GenerateDataKey', context)).toBe(decision);
    expect(on('RestoreRole', 'kms:Decrypt', context)).toBe(decision);
  });

  it('of configurations are opened by a plan, for parts of configuration alone', () => {
    const key = { 'kms:ResourceAliases': ['alias/TenantBackup/configuration/first'] };
    const of = (name: string) => ({ ...part, 'kms:EncryptionContext:part': name, ...key });
    expect(on('PlanRole', 'kms:Decrypt', of('hub.config'))).toBe('allowed');
    expect(on('PlanRole', 'kms:Decrypt', of('hub.credentials'))).toBe('denied');
    expect(on('PlanRole', 'kms:GenerateDataKey', of('hub.config'))).toBe('denied');
  });

  it.each([
    ['a part of the other purpose', { ...credentialsKey, 'kms:EncryptionContext:part': 'hub.config' }],
    ['what is no part', { 'kms:ResourceAliases': credentialsKey['kms:ResourceAliases'] }],
    ['what names no tenant', { ...credentialsKey, 'kms:EncryptionContext:tenant': '' }],
  ])('seal and open nothing for %s', (_, context) => {
    expect(on('BackupRole', 'kms:GenerateDataKey', context)).toBe('denied');
    expect(on('RestoreRole', 'kms:Decrypt', context)).toBe('denied');
  });
});

describe('everybody', () => {
  it.each([
    ['a bucket', 'BackupRole', 's3:PutObject', archive],
    ['a queue', 'DispatchRole', 'sqs:SendMessage', backupQueue],
  ])('is refused without TLS by %s', (_, name, action, resource) => {
    const context = { 'aws:SecureTransport': 'false' };
    expect(simulate(template, { role: role(name), action, resource, context })).toBe('explicitly denied');
  });

  it('may write no log but its own', () => {
    const log = arnOf(logicalId(template, 'AWS::Logs::LogGroup', 'RestoreLog'));
    expect(decide('RestoreRole', 'logs:PutLogEvents', log)).toBe('allowed');
    expect(decide('BackupRole', 'logs:PutLogEvents', log)).toBe('denied');
  });

  it('may delete archives of a trial, which has to be emptied before it goes', () => {
    const trial = synthesize({ removal: 'destroy' });
    const resource = `${arnOf(logicalId(trial, 'AWS::S3::Bucket', 'Vault'))}/daily/acme.tar`;
    const request = { role: logicalId(trial, 'AWS::IAM::Role', 'RestoreRole'), resource };
    expect(simulate(trial, { ...request, action: 's3:DeleteObjectVersion' })).toBe('denied');
  });
});

describe('with Object Lock', () => {
  const locking = synthesize({ objectLock: { mode: 'governance', days: 7, tiers: { manual: 0 } } });
  const may = (name: string, action: string, tier: string): Decision =>
    simulate(locking, {
      role: logicalId(locking, 'AWS::IAM::Role', name),
      action,
      resource: `${arnOf(logicalId(locking, 'AWS::S3::Bucket', 'Vault'))}/${tier}/acme.tar`,
    });

  it.each<[name: string, tier: string, decision: Decision]>([
    ['BackupRole', 'daily', 'allowed'],
    ['BackupRole', 'yearly', 'allowed'],
    // Not locked.
    ['BackupRole', 'manual', 'denied'],
    ['BackupRole', 'safety', 'denied'],
    ['RestoreRole', 'safety', 'allowed'],
    ['RestoreRole', 'daily', 'denied'],
  ])('locking is part of storing: %s in %s is %s', (name, tier, decision) => {
    expect(may(name, 's3:PutObjectRetention', tier)).toBe(decision);
  });

  it.each(['s3:BypassGovernanceRetention', 's3:PutObjectLegalHold'])('no function may %s', (action) => {
    for (const name of ['BackupRole', 'RestoreRole', 'PlanRole', 'DispatchRole']) {
      for (const tier of ['daily', 'safety']) expect(may(name, action, tier)).toBe('denied');
    }
  });

  it('is no part of storing where nothing is locked', () => {
    expect(decide('BackupRole', 's3:PutObjectRetention', archive)).toBe('denied');
  });
});

describe('the schedules', () => {
  it('may call dispatch and no other function', () => {
    const lambda = (name: string): string => arnOf(logicalId(template, 'AWS::Lambda::Function', name));
    expect(decide('SchedulesRole', 'lambda:InvokeFunction', lambda('Dispatch'))).toBe('allowed');
    expect(decide('SchedulesRole', 'lambda:InvokeFunction', lambda('Backup'))).toBe('denied');
    expect(decide('SchedulesRole', 'lambda:InvokeFunction', lambda('Restore'))).toBe('denied');
    expect(allowedActions(template, role('SchedulesRole'))).toEqual([
      'lambda:InvokeFunction',
      'sqs:SendMessage',
    ]);
  });
});
