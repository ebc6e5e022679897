import { App, PermissionsBoundary, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { EnvironmentName, OutputName } from '../../functions/runtime/names.ts';
import { RULE_PACKS } from '../../infra/rule-packs.ts';
import { TenantBackupStack } from '../../infra/stack.ts';
import { TenantBackup } from '../../infra/tenant-backup.ts';
import type { TenantBackupProps } from '../../infra/tenant-backup-props.ts';
import { rejectionOf } from '../rejection.ts';
import { propertiesOf, resourcesOf } from './synthesize.ts';

/** An app of somebody else: no feature flag of ours, and no bundling in a unit test. */
const newApp = (flags: Record<string, boolean> = {}) =>
  new App({ context: { 'aws:cdk:bundling-stacks': [], ...flags } });
const newStack = (app = newApp()) => new Stack(app, 'Identity');

const schedules = [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }];

/** Physical names in a template, by type. */
const namesIn = (template: Template, type: string, property: string): unknown[] =>
  Object.values(resourcesOf(template, type)).map(({ Properties }) => Properties[property]);

describe('in a stack of another app', () => {
  it('takes its name from the stack, and its outputs have no prefix', () => {
    const stack = newStack();
    const { name } = new TenantBackup(stack, 'Backup', { schedules, name: undefined });
    const template = Template.fromStack(stack);
    expect(name).toBe('Identity');
    expect(namesIn(template, 'AWS::Lambda::Function', 'FunctionName')).toContain('Identity-backup');
    const others = Object.values(OutputName).filter((output) => output !== OutputName.drillFunction);
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual(others.sort());
  });

  it('is synthesized for one account and region', () => {
    const env = { account: '111122223333', region: 'eu-central-1' };
    const stack = new TenantBackupStack(newApp(), 'Identity', { env, schedules });
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(template).toContain(':kms:eu-central-1:111122223333:alias/Identity/configuration');
    expect(template).not.toContain('AWS::AccountId');
  });

  it('gives every role the permissions boundary of the stack', () => {
    const boundary = 'arn:aws:iam::111122223333:policy/boundary';
    const stack = new TenantBackupStack(newApp(), 'Identity', {
      schedules,
      permissionsBoundary: PermissionsBoundary.fromArn(boundary),
    });
    const roles = Object.values(resourcesOf(Template.fromStack(stack), 'AWS::IAM::Role'));
    expect(roles.length).toBeGreaterThan(6);
    for (const { Properties } of roles) expect(Properties['PermissionsBoundary']).toBe(boundary);
  });

  it('tags its own resources alone', () => {
    const stack = newStack();
    new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    new TenantBackup(stack, 'Backup', { schedules });
    const template = Template.fromStack(stack);
    const tags = [{ Key: 'application', Value: 'tenant-backup' }];
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::KMS::Key'))) {
      expect(Properties['Tags']).toEqual(tags);
    }
    const [foreign] = Object.entries(resourcesOf(template, 'AWS::IAM::Role')).filter(([id]) =>
      id.startsWith('Role'),
    );
    expect(foreign?.[1].Properties['Tags']).toBeUndefined();
  });

  it('leaves nothing unexplained to cdk-nag, without our feature flags', () => {
    const stack = newStack();
    new TenantBackup(stack, 'Backup', { schedules });
    for (const Pack of RULE_PACKS) expect(new Pack().validateScope(stack).violations).toEqual([]);
  });
});

describe('two in one stack', () => {
  // With this flag of new apps, what CloudFormation would refuse fails the synthesis.
  const app = newApp({ '@aws-cdk/core:validateAgainstDefaultRules': true });
  const stack = newStack(app);
  const drill = { schedule: 'rate(7 days)', into: 'scratch' };
  new TenantBackup(stack, 'Eu', { name: 'identity-eu', schedules, drill });
  new TenantBackup(stack, 'Us', {
    name: 'identity-us',
    enrolmentPrefix: 'identity-us/',
    schedules: [{ name: 'nightly-us', expression: 'cron(0 9 * * ? *)' }],
    drill: { ...drill, into: 'scratch-us' },
  });
  const template = Template.fromStack(stack);

  it.each([
    ['AWS::Lambda::Function', 'FunctionName'],
    ['AWS::KMS::Alias', 'AliasName'],
    ['AWS::Scheduler::ScheduleGroup', 'Name'],
    ['AWS::CloudWatch::Alarm', 'AlarmName'],
    ['AWS::CloudWatch::Dashboard', 'DashboardName'],
    ['AWS::Events::Rule', 'Name'],
  ])('share no name of %s', (type, property) => {
    const names = namesIn(template, type, property);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(name).toMatch(/^(alias\/)?identity-(eu|us)/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('have outputs that begin with their names', () => {
    const outputs = Object.keys(template.findOutputs('*'));
    expect(outputs).toContain('identityeuVaultBucket');
    expect(outputs).toContain('identityusVaultBucket');
    expect(outputs).toContain('identityusDrillFunction');
  });

  it('reach the enrolments of their own prefixes alone', () => {
    const secretsOf = (id: string): string =>
      JSON.stringify(
        Object.entries(resourcesOf(template, 'AWS::IAM::Policy'))
          .filter(([logicalId]) => logicalId.startsWith(id))
          .concat(
            Object.entries(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).filter(([other]) =>
              other.startsWith(id),
            ),
          ),
      );
    expect(secretsOf('Us')).toContain(':secret:identity-us/*');
    expect(secretsOf('Us')).toContain(':secret:identity-us/scratch-us-??????');
    expect(secretsOf('Us')).not.toContain('tenant-backup/tenants/');
    expect(secretsOf('Eu')).toContain(':secret:tenant-backup/tenants/*');
    expect(secretsOf('Eu')).not.toContain('identity-us/');
    const prefixes = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(({ Properties }) => {
      const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };
      return [Properties['FunctionName'], Variables[EnvironmentName.enrolmentPrefix]];
    });
    expect(Object.fromEntries(prefixes)).toMatchObject({
      'identity-eu-backup': undefined,
      'identity-us-dispatch': 'identity-us/',
      'identity-us-backup': 'identity-us/',
      'identity-us-audit': 'identity-us/',
      'identity-us-drill': 'identity-us/',
    });
    template.hasOutput('identityusEnrolmentPrefix', { Value: 'identity-us/' });
    template.hasOutput('identityeuEnrolmentPrefix', { Value: 'tenant-backup/tenants/' });
  });

  it('count in metrics of their own', () => {
    for (const name of ['identity-eu', 'identity-us']) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: `${name}-AuditSilent`,
        Dimensions: [{ Name: 'stack', Value: name }],
      });
    }
  });

  it.each<[prop: string, props: Partial<TenantBackupProps>, message: string]>([
    ['name', { enrolmentPrefix: 'other/' }, 'name must differ from that of Identity/One, got "Identity"'],
    [
      'enrolmentPrefix',
      { name: 'other' },
      'enrolmentPrefix must differ from that of Identity/One, got "tenant-backup/tenants/"',
    ],
  ])('are refused if they have one %s', async (_, props, message) => {
    const twins = newStack();
    new TenantBackup(twins, 'One', { schedules });
    const refusal = await rejectionOf(() => new TenantBackup(twins, 'Other', { schedules, ...props }));
    expect(refusal.message).toBe(`Identity/Other: ${message}`);
  });
});

describe('a grant', () => {
  const GRANTS = [
    'grantBackUpNow',
    'grantPlan',
    'grantRestore',
    'grantReadStatus',
    'grantAudit',
    'grantReadReports',
  ] as const;
  const stack = newStack();
  const backup = new TenantBackup(stack, 'Backup', {
    schedules,
    restoreNeedsMfa: true,
    restorePrincipalTag: { key: 'mfa', value: 'yes' },
  });
  for (const grant of GRANTS) backup[grant](new ManagedPolicy(stack, grant)).assertSuccess();
  const template = Template.fromStack(stack);
  const invoke = (verb: string) => ({
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: { 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^Backup${verb}Function`)), 'Arn'] },
  });

  it.each<
    [grant: `grant${'BackUpNow' | 'Plan' | 'Restore' | 'ReadStatus' | 'Audit' | 'ReadReports'}`, object]
  >([
    ['grantBackUpNow', invoke('Dispatch')],
    ['grantPlan', invoke('Plan')],
    [
      'grantRestore',
      {
        ...invoke('Restore'),
        Condition: {
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          StringEquals: { 'aws:PrincipalTag/mfa': 'yes' },
        },
      },
    ],
    ['grantReadStatus', invoke('Status')],
    ['grantAudit', invoke('Audit')],
    [
      'grantReadReports',
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: {
          'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^BackupLedger/), 'Arn'] }, '/reports/*']],
        },
      },
    ],
  ])('%s adds one statement to the grantee', (grant, statement) => {
    expect(propertiesOf(template, 'AWS::IAM::ManagedPolicy', grant)).toMatchObject({
      PolicyDocument: { Statement: [statement] },
    });
  });

  it('to restore has no condition unless the props ask for one', () => {
    const other = newStack();
    new TenantBackup(other, 'Backup', { schedules }).grantRestore(new ManagedPolicy(other, 'Grantee'));
    Template.fromStack(other).hasResourceProperties('AWS::IAM::ManagedPolicy', {
      ManagedPolicyName: Match.absent(),
      Path: '/',
      PolicyDocument: { Statement: [{ Action: 'lambda:InvokeFunction', Condition: Match.absent() }] },
    });
  });
});

describe('props', () => {
  it.each<[props: object, message: string]>([
    [{ schedules: [] }, 'schedules must name at least 1 schedule, got []'],
    [{ schedules, maximumConcurrency: 1 }, 'maximumConcurrency must be at least 2, got 1'],
    [{ schedules, retention: { daily: { days: 0 } } }, 'retention.daily.days must be at least 1, got 0'],
    [{ schedules, color: 'red' }, 'unknown field "color"'],
    [{ schedules, name: 'no spaces' }, 'name must be 1 to 40 letters, digits and hyphens'],
    [
      { schedules, removal: 'destroy', objectLock: { mode: 'compliance', days: 1 } },
      'objectLock.mode must be governance if removal is destroy, got "compliance"',
    ],
    [
      { schedules, maxExportMegabytes: 121 },
      'backup.memoryMegabytes must be at least 2064 for exports of up to 121 megabytes, got 2048',
    ],
  ])('%j are refused: path, prop, bound and value', async (props, message) => {
    const refusal = await rejectionOf(
      () => new TenantBackup(newStack(), 'Backup', props as TenantBackupProps),
    );
    expect(refusal.code).toBe('INVALID_CONFIGURATION');
    expect(refusal.message).toContain(`Identity/Backup: ${message}`);
  });

  it('accept a name of 40 characters', () => {
    const stack = newStack();
    new TenantBackup(stack, 'Backup', { schedules, name: 'n'.repeat(40) });
    expect(namesIn(Template.fromStack(stack), 'AWS::Events::Rule', 'Name')).toHaveLength(8);
  });

  it('need a name where that of the stack is too long', async () => {
    const stack = new Stack(newApp(), 'S'.repeat(60));
    const { message } = await rejectionOf(() => new TenantBackup(stack, 'Backup', { schedules }));
    expect(message).toContain('name must be 1 to 40 letters');
  });
});
