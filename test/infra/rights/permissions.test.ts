import { describe, expect, it } from 'vitest';
import { logicalId, synthesize } from '../synthesize.ts';
import { arnOf } from '../template-arns.ts';
import { type AccessRequest, allowedActions, type Decision, simulate } from './policy-simulator.ts';
import { resourceNames, roleTables } from './role-tables.ts';

const template = synthesize();

const role = (name: string): string => logicalId(template, 'AWS::IAM::Role', name);
const { archive, backupQueue, lambda } = resourceNames(template);

const decide = (name: string, action: string, resource: string): Promise<Decision> =>
  simulate(template, { role: role(name), action, resource });

describe.each(Object.entries(roleTables(template)))('%s', (_, { role: name, rows, does, actions }) => {
  it.each(rows)('%s on %s is %s', async (action, resource, decision) => {
    expect(await decide(name, action, resource)).toBe(decision);
  });

  it(`may do nothing but ${does}`, () => {
    expect(allowedActions(template, role(name))).toEqual(actions.toSorted());
  });
});

describe('audit', () => {
  const key = 'arn:aws:kms:eu-central-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e';
  const onKey = (action: string, purpose: string, part: string): Promise<Decision> =>
    simulate(template, {
      role: role('AuditRole'),
      action,
      resource: key,
      context: {
        'kms:ResourceAliases': [`alias/TenantBackup/${purpose}/first`],
        ...(part !== '' && { 'kms:EncryptionContext:tenant': 'acme', 'kms:EncryptionContext:part': part }),
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
  ])('%s under a key for %s of %s is %s', async (action, purpose, part, decision) => {
    expect(await onKey(action, purpose, part)).toBe(decision);
  });

  it('is called by its schedule alone', async () => {
    const schedule = role('AuditScheduleRole');
    expect(await decide('AuditScheduleRole', 'lambda:InvokeFunction', lambda('Audit'))).toBe('allowed');
    expect(await decide('AuditScheduleRole', 'lambda:InvokeFunction', lambda('Backup'))).toBe('denied');
    expect(allowedActions(template, schedule)).toEqual(['lambda:InvokeFunction']);
  });
});

describe('backup keys', () => {
  const part = { 'kms:EncryptionContext:tenant': 'acme', 'kms:EncryptionContext:part': 'hub.credentials' };
  const credentialsKey = { ...part, 'kms:ResourceAliases': ['alias/TenantBackup/credentials/second'] };
  const on = (name: string, action: string, context: AccessRequest['context'] = {}): Promise<Decision> =>
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
    // Neither opens nor seals credentials: configurations are below.
    ['PlanRole', 'kms:Decrypt', 'denied'],
    ['PlanRole', 'kms:GenerateDataKey', 'denied'],
    ['RestoreRole', 'kms:GenerateDataKey', 'allowed'],
    ['RestoreRole', 'kms:Decrypt', 'allowed'],
    ['RestoreRole', 'kms:CreateGrant', 'denied'],
  ])('%s: %s is %s', async (name, action, decision) => {
    expect(await on(name, action, credentialsKey)).toBe(decision);
  });

  it.each(['kms:UpdateAlias', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'])(
    'no function may %s',
    async (action) => {
      const context = { 'kms:ResourceAliases': credentialsKey['kms:ResourceAliases'] };
      for (const name of ['BackupRole', 'RestoreRole', 'PlanRole', 'AuditRole', 'DispatchRole']) {
        expect(await on(name, action, context)).toBe('denied');
      }
    },
  );

  it.each([
    ['by the alias of the default', ['alias/TenantBackup/credentials'], 'allowed'],
    ['by a label', ['alias/other', 'alias/TenantBackup/credentials/second'], 'allowed'],
    ['by a label of a tenant', ['alias/TenantBackup/credentials/tenants/acme/own'], 'allowed'],
    ['but not without an alias', [], 'denied'],
    ['but not by an alias that only begins alike', ['alias/TenantBackup/credentials-of-mine'], 'denied'],
    ['but not by an alias of another stack', ['alias/Trial/credentials'], 'denied'],
    ['but not by an alias of the other purpose', ['alias/TenantBackup/configuration/first'], 'denied'],
    ['but not by the alias of the fingerprint key', ['alias/TenantBackup/fingerprint'], 'denied'],
  ])('are recognised %s', async (_, aliases, decision) => {
    const context = { ...part, 'kms:ResourceAliases': aliases };
    expect(await on('BackupRole', 'kms:GenerateDataKey', context)).toBe(decision);
    expect(await on('RestoreRole', 'kms:Decrypt', context)).toBe(decision);
  });

  it('of configurations are opened by a plan, for parts of configuration alone', async () => {
    const key = { 'kms:ResourceAliases': ['alias/TenantBackup/configuration/first'] };
    const of = (name: string) => ({ ...part, 'kms:EncryptionContext:part': name, ...key });
    expect(await on('PlanRole', 'kms:Decrypt', of('hub.config'))).toBe('allowed');
    expect(await on('PlanRole', 'kms:Decrypt', of('hub.credentials'))).toBe('denied');
    expect(await on('PlanRole', 'kms:GenerateDataKey', of('hub.config'))).toBe('denied');
  });

  it.each([
    ['a part of the other purpose', { ...credentialsKey, 'kms:EncryptionContext:part': 'hub.config' }],
    ['what is no part', { 'kms:ResourceAliases': credentialsKey['kms:ResourceAliases'] }],
    ['what names no tenant', { ...credentialsKey, 'kms:EncryptionContext:tenant': '' }],
  ])('seal and open nothing for %s', async (_, context) => {
    expect(await on('BackupRole', 'kms:GenerateDataKey', context)).toBe('denied');
    expect(await on('RestoreRole', 'kms:Decrypt', context)).toBe('denied');
  });
});

describe('everybody', () => {
  it.each([
    ['a bucket', 'BackupRole', 's3:PutObject', archive],
    ['a queue', 'DispatchRole', 'sqs:SendMessage', backupQueue],
  ])('is refused without TLS by %s', async (_, name, action, resource) => {
    const context = { 'aws:SecureTransport': 'false' };
    expect(await simulate(template, { role: role(name), action, resource, context })).toBe(
      'explicitly denied',
    );
  });

  it('may write no log but its own', async () => {
    const logGroup = arnOf(template, logicalId(template, 'AWS::Logs::LogGroup', 'RestoreLog'));
    const log = logGroup.replace(/\*$/, 'log-stream:one');
    expect(await decide('RestoreRole', 'logs:PutLogEvents', log)).toBe('allowed');
    expect(await decide('BackupRole', 'logs:PutLogEvents', log)).toBe('denied');
  });

  it('may delete archives of a trial, which has to be emptied before it goes', async () => {
    const trial = synthesize({ removal: 'destroy' });
    const resource = `${arnOf(trial, logicalId(trial, 'AWS::S3::Bucket', 'Vault'))}/daily/acme.tar`;
    const request = { role: logicalId(trial, 'AWS::IAM::Role', 'RestoreRole'), resource };
    expect(await simulate(trial, { ...request, action: 's3:DeleteObjectVersion' })).toBe('denied');
  });
});

describe('with Object Lock', () => {
  const locking = synthesize({ objectLock: { mode: 'governance', days: 7, tiers: { manual: 0 } } });
  const may = (name: string, action: string, tier: string): Promise<Decision> =>
    simulate(locking, {
      role: logicalId(locking, 'AWS::IAM::Role', name),
      action,
      resource: `${arnOf(locking, logicalId(locking, 'AWS::S3::Bucket', 'Vault'))}/${tier}/acme.tar`,
    });

  it.each<[name: string, tier: string, decision: Decision]>([
    ['BackupRole', 'daily', 'allowed'],
    ['BackupRole', 'yearly', 'allowed'],
    // Not locked.
    ['BackupRole', 'manual', 'denied'],
    ['BackupRole', 'safety', 'denied'],
    ['RestoreRole', 'safety', 'allowed'],
    ['RestoreRole', 'daily', 'denied'],
  ])('locking is part of storing: %s in %s is %s', async (name, tier, decision) => {
    expect(await may(name, 's3:PutObjectRetention', tier)).toBe(decision);
  });

  it.each(['s3:BypassGovernanceRetention', 's3:PutObjectLegalHold'])('no function may %s', async (action) => {
    for (const name of ['BackupRole', 'RestoreRole', 'PlanRole', 'DispatchRole']) {
      for (const tier of ['daily', 'safety']) expect(await may(name, action, tier)).toBe('denied');
    }
  });

  it('is no part of storing where nothing is locked', async () => {
    expect(await decide('BackupRole', 's3:PutObjectRetention', archive)).toBe('denied');
  });
});

describe('the schedules', () => {
  it('may call dispatch and no other function', async () => {
    expect(await decide('SchedulesScheduleRole', 'lambda:InvokeFunction', lambda('Dispatch'))).toBe(
      'allowed',
    );
    expect(await decide('SchedulesScheduleRole', 'lambda:InvokeFunction', lambda('Backup'))).toBe('denied');
    expect(await decide('SchedulesScheduleRole', 'lambda:InvokeFunction', lambda('Restore'))).toBe('denied');
    expect(allowedActions(template, role('SchedulesScheduleRole'))).toEqual([
      'lambda:InvokeFunction',
      'sqs:SendMessage',
    ]);
  });
});
