import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDrillSettings } from '../../functions/drill/settings.ts';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { completeSettings } from '../../infra/settings.ts';
import { type AccessRequest, allowedActions, type Decision, simulate } from './rights/policy-simulator.ts';
import { logicalId, propertiesOf, resourcesOf, shippedSettings, synthesize } from './synthesize.ts';
import { arnOf } from './template-arns.ts';

const drill = { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' };
const template = synthesize({ drill });

const role = logicalId(template, 'AWS::IAM::Role', 'DrillRole');
const bucket = (name: string): string => arnOf(template, logicalId(template, 'AWS::S3::Bucket', name));
const fn = (name: string): string => arnOf(template, logicalId(template, 'AWS::Lambda::Function', name));
const secret = (name: string): string => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;
const vault = bucket('Vault');
const ledger = bucket('Ledger');

type Row = readonly [action: string, resource: string, decision: Decision];

describe('the role of the drill', () => {
  it.each<Row>([
    ['secretsmanager:GetSecretValue', secret('tenant-backup/tenants/scratch-AbCdEf'), 'allowed'],
    ['s3:ListBucket', vault, 'allowed'],
    ['s3:ListBucketVersions', vault, 'allowed'],
    ['s3:GetObjectVersion', `${vault}/daily/acme.tar`, 'allowed'],
    ['s3:PutObject', `${vault}/safety/scratch.tar`, 'allowed'],
    ['s3:PutObject', `${ledger}/drills/acme/1.json`, 'allowed'],
    ['s3:PutObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'allowed'],
    ['s3:GetObject', `${ledger}/probes/eu.authz.test/scratch.json`, 'allowed'],
    ['s3:PutObject', `${ledger}/operations/scratch/1.json`, 'allowed'],
    ['s3:GetObject', `${ledger}/operations/scratch/1.json`, 'allowed'],
    ['s3:PutObject', `${ledger}/locks/scratch.json`, 'allowed'],
    ['s3:GetObject', `${ledger}/locks/scratch.json`, 'allowed'],
    // No other tenant can be reached, not even one whose name begins alike.
    ['secretsmanager:GetSecretValue', secret('tenant-backup/tenants/acme-AbCdEf'), 'denied'],
    ['secretsmanager:GetSecretValue', secret('tenant-backup/tenants/scratch-two-AbCdEf'), 'denied'],
    ['secretsmanager:GetSecretValue', secret('tenant-backup/tenants/scratchy-AbCdEf'), 'denied'],
    ['secretsmanager:ListSecrets', '*', 'denied'],
    ['secretsmanager:PutSecretValue', secret('tenant-backup/tenants/scratch-AbCdEf'), 'denied'],
    ['s3:PutObject', `${vault}/safety/acme.tar`, 'denied'],
    ...['daily', 'weekly', 'monthly', 'yearly', 'manual'].map<Row>((tier) => [
      's3:PutObject',
      `${vault}/${tier}/scratch.tar`,
      'denied',
    ]),
    ['s3:DeleteObject', `${vault}/safety/scratch.tar`, 'explicitly denied'],
    ['s3:DeleteObjectVersion', `${vault}/safety/scratch.tar`, 'explicitly denied'],
    ['s3:PutObject', `${ledger}/operations/acme/1.json`, 'denied'],
    ['s3:GetObject', `${ledger}/operations/acme/1.json`, 'denied'],
    ['s3:PutObject', `${ledger}/locks/acme.json`, 'denied'],
    ['s3:PutObject', `${ledger}/reports/latest.json`, 'denied'],
    ['s3:GetObject', `${ledger}/plans/acme/1.json`, 'denied'],
    ['lambda:InvokeFunction', fn('Restore'), 'denied'],
    ['sqs:SendMessage', arnOf(template, logicalId(template, 'AWS::SQS::Queue', 'BackupQueue6')), 'denied'],
  ])('%s on %s is %s', async (action, resource, decision) => {
    expect(await simulate(template, { role, action, resource })).toBe(decision);
  });

  it.each<[action: string, tenant: string, purpose: string, part: string, decision: Decision]>([
    ['kms:Decrypt', 'acme', 'configuration', 'hub.config', 'allowed'],
    ['kms:Decrypt', 'acme', 'credentials', 'hub.credentials', 'allowed'],
    ['kms:GenerateDataKey', 'scratch', 'configuration', 'hub.config', 'allowed'],
    ['kms:GenerateDataKey', 'scratch', 'credentials', 'hub.credentials', 'allowed'],
    ['kms:GenerateDataKey', 'acme', 'configuration', 'hub.config', 'denied'],
    ['kms:GenerateDataKey', 'acme', 'credentials', 'hub.credentials', 'denied'],
    ['kms:CreateGrant', 'acme', 'credentials', 'hub.credentials', 'denied'],
  ])(
    '%s of a backup of %s under a key for %s of %s is %s',
    async (action, tenant, purpose, part, decision) => {
      const context: AccessRequest['context'] = {
        'kms:EncryptionContext:tenant': tenant,
        'kms:EncryptionContext:part': part,
        'kms:ResourceAliases': [`alias/TenantBackup/${purpose}/first`],
      };
      const resource = 'arn:aws:kms:eu-central-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e';
      expect(await simulate(template, { role, action, resource, context })).toBe(decision);
    },
  );

  it('may do nothing else', () => {
    expect(allowedActions(template, role)).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:GenerateMac',
      'kms:GetPublicKey',
      'kms:ListAliases',
      'kms:Sign',
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

describe('the drill', () => {
  it('is not there unless the settings ask for it', () => {
    const without = synthesize();
    const ids = Object.keys(without.toJSON()['Resources']);
    // Its signing key stays: records of drills must be verifiable when drills are off again.
    const others = ids.filter((id) => !id.startsWith('LedgerKeysdrill'));
    expect(others.filter((id) => /drill/i.test(id))).toEqual([]);
    expect(JSON.stringify(without.toJSON())).not.toContain('DrillsUnproved');
  });

  it('is called by its schedule, which can call nothing else, and never twice', async () => {
    expect(propertiesOf(template, 'AWS::Scheduler::Schedule', 'Drill')).toMatchObject({
      ScheduleExpression: 'cron(0 5 ? * SUN *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      GroupName: 'TenantBackup-drill',
      Target: { Arn: { 'Fn::GetAtt': [logicalId(template, 'AWS::Lambda::Function', 'Drill'), 'Arn'] } },
    });
    const scheduler = logicalId(template, 'AWS::IAM::Role', 'DrillScheduleRole');
    expect(allowedActions(template, scheduler)).toEqual(['lambda:InvokeFunction']);
    const may = (name: string) =>
      simulate(template, { role: scheduler, action: 'lambda:InvokeFunction', resource: fn(name) });
    expect([await may('Drill'), await may('Restore')]).toEqual(['allowed', 'denied']);
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: logicalId(template, 'AWS::Lambda::Function', 'Drill') },
      MaximumRetryAttempts: 0,
    });
  });

  it('may be asked for by operators, and not by viewers', async () => {
    const may = (name: string) =>
      simulate(template, {
        role: logicalId(template, 'AWS::IAM::ManagedPolicy', `OperatorPolicies${name}`),
        action: 'lambda:InvokeFunction',
        resource: fn('Drill'),
      });
    expect([await may('Operator'), await may('Viewer')]).toEqual(['allowed', 'denied']);
  });

  it('and the audit are told what the settings say', () => {
    const other = synthesize({
      drill: { ...drill, schedule: 'rate(6 hours)', tenants: ['acme'], credentials: 'carry' },
    });
    const variables = (name: string) =>
      (
        propertiesOf(other, 'AWS::Lambda::Function', name)['Environment'] as {
          Variables: Record<string, string>;
        }
      ).Variables;
    const text = variables('Drill')[EnvironmentName.drillSettings] ?? '';
    expect(parseDrillSettings(text, 'settings')).toEqual({
      into: 'scratch',
      tenants: ['acme'],
      credentials: 'carry',
    });
    expect(JSON.parse(variables('Audit')[EnvironmentName.auditSettings] ?? '')).toMatchObject({
      drill: { into: 'scratch', withinHours: 8 },
    });
  });

  it('has alarms for failure and for silence, with their section of the runbook', () => {
    const runbook = readFileSync(new URL('../../docs/RUNBOOK.md', import.meta.url), 'utf8');
    expect(runbook).toContain('### A drill failed, or none was proved');
    const alarm = (name: string) => propertiesOf(template, 'AWS::CloudWatch::Alarm', `Alarms${name}`);
    expect(alarm('DrillsUnproved')).toMatchObject({
      MetricName: 'DrillsUnproved',
      TreatMissingData: 'breaching',
      AlarmDescription: expect.stringContaining('docs/RUNBOOK.md#a-drill-failed-or-none-was-proved'),
    });
    expect(alarm('DrillFailed')).toMatchObject({
      MetricName: 'Errors',
      AlarmDescription: expect.stringContaining('docs/RUNBOOK.md#a-drill-failed-or-none-was-proved'),
    });
    expect(alarm('Throttlesdrill')).toMatchObject({ MetricName: 'Throttles' });
    const body = JSON.stringify(propertiesOf(template, 'AWS::CloudWatch::Dashboard', 'Dashboard'));
    for (const id of Object.keys(resourcesOf(template, 'AWS::CloudWatch::Alarm'))) expect(body).toContain(id);
  });
});

describe('the settings of drills', () => {
  const parse = (changes: object) =>
    completeSettings({ ...shippedSettings, drill: { ...drill, ...changes } }, 'tenantBackup');

  it('need a schedule and a scratch tenant, and carry no credentials unless they say so', () => {
    expect(parse({}).drill).toEqual({
      ...drill,
      timeZone: 'Etc/UTC',
      credentials: 'regenerate',
      withinHours: 7 * 24 + 2,
      memoryMegabytes: 3008,
      timeoutSeconds: 900,
    });
    expect(completeSettings(shippedSettings, 'tenantBackup').drill).toBeUndefined();
  });

  it.each<[changes: object, message: RegExp]>([
    [{ into: 'big--scratch' }, /drill.into must be an enrolment of its own/],
    [{ into: 'Scratch' }, /drill.into must be 1 to 63 lower-case/],
    [{ into: undefined }, /drill.into/],
    [{ credentials: 'keep' }, /drill.credentials must be one of regenerate, carry/],
    [{ tenants: [] }, /drill.tenants must be at least 1/],
    [{ schedule: 'weekly' }, /drill.schedule must be cron/],
    [{ schedule: 'at(2026-01-31T02:00:00)' }, /drill.withinHours must be given for this schedule/],
    [{ schedule: 'cron(0 3 1 1,7 ? *)' }, /drill.withinHours must be given for this schedule, 1 to 2400/],
    [{ withinHours: 2401 }, /drill.withinHours must be at most 2400/],
    [{ memoryMegabytes: 512 }, /drill.memoryMegabytes must be at least 3008/],
    [{ scratch: true }, /unknown field "drill.scratch"/],
  ])('are refused for %j', (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });
});
