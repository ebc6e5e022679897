import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from '../synthesize.ts';
import { simulate } from './policy-simulator.ts';

/** `docs/deploy-policy.json` held against every resource of the stack, under the name that CloudFormation gives it. */

const policy = JSON.parse(readFileSync(new URL('../../../docs/deploy-policy.json', import.meta.url), 'utf8'));
const deployer = Template.fromJSON({
  Resources: {
    Deployer: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policy } },
  },
});

type Properties = Readonly<Record<string, unknown>>;
type Request = readonly [actions: string[], arn: string];

const here = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:111122223333:${rest}`;
const global = (service: string, rest: string) => `arn:aws:${service}::111122223333:${rest}`;
/** The name of a resource without one of its own: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html */
const named = (id: string) => `TenantBackup-${id}-1A2B3C4D5E6F`;

/** What CloudFormation calls to make, change and remove a resource. */
const REQUESTS: Readonly<Record<string, (id: string, properties: Properties) => Request>> = {
  'AWS::CloudWatch::Alarm': (_, { AlarmName }) => [
    ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
    here('cloudwatch', `alarm:${AlarmName}`),
  ],
  'AWS::CloudWatch::Dashboard': (_, { DashboardName }) => [
    ['cloudwatch:PutDashboard', 'cloudwatch:DeleteDashboards'],
    global('cloudwatch', `dashboard/${DashboardName}`),
  ],
  'AWS::Events::Rule': (_, { Name }) => [
    ['events:PutRule', 'events:PutTargets', 'events:DeleteRule'],
    here('events', `rule/${Name}`),
  ],
  'AWS::IAM::ManagedPolicy': (id, { Path = '/' }) => [
    ['iam:CreatePolicy', 'iam:CreatePolicyVersion', 'iam:DeletePolicy'],
    global('iam', `policy${Path}${named(id)}`),
  ],
  'AWS::IAM::Policy': (id) => [
    ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'],
    global('iam', `role/${named(id)}`),
  ],
  'AWS::IAM::Role': (id, { Path = '/' }) => [
    ['iam:CreateRole', 'iam:DeleteRole'],
    global('iam', `role${Path}${named(id)}`),
  ],
  'AWS::KMS::Alias': (_, { AliasName }) => [
    ['kms:CreateAlias', 'kms:DeleteAlias'],
    here('kms', String(AliasName)),
  ],
  'AWS::KMS::Key': () => [
    ['kms:CreateKey', 'kms:EnableKeyRotation', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'],
    here('kms', 'key/12345678-1234-1234-1234-123456789012'),
  ],
  'AWS::Lambda::EventInvokeConfig': () => [
    ['lambda:PutFunctionEventInvokeConfig', 'lambda:DeleteFunctionEventInvokeConfig'],
    here('lambda', 'function:TenantBackup-restore'),
  ],
  'AWS::Lambda::EventSourceMapping': () => [
    ['lambda:CreateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
    here('lambda', 'event-source-mapping:1'),
  ],
  'AWS::Lambda::Function': (_, { FunctionName }) => [
    ['lambda:CreateFunction', 'lambda:DeleteFunction'],
    here('lambda', `function:${FunctionName}`),
  ],
  'AWS::Logs::LogGroup': (id) => [
    ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:DeleteLogGroup'],
    here('logs', `log-group:${named(id)}`),
  ],
  'AWS::S3::Bucket': (id) => [
    [
      's3:CreateBucket',
      's3:DeleteBucket',
      's3:PutBucketNotification',
      // Both for Object Lock.
      's3:PutBucketObjectLockConfiguration',
      's3:PutBucketVersioning',
    ],
    `arn:aws:s3:::${named(id).toLowerCase()}`,
  ],
  'AWS::S3::BucketPolicy': (id) => [
    ['s3:PutBucketPolicy', 's3:DeleteBucketPolicy'],
    `arn:aws:s3:::${named(id).toLowerCase()}`,
  ],
  'AWS::SNS::Subscription': (id) => [['sns:Subscribe', 'sns:Unsubscribe'], here('sns', named(id))],
  'AWS::SNS::Topic': (id) => [['sns:CreateTopic', 'sns:DeleteTopic'], here('sns', named(id))],
  'AWS::SNS::TopicPolicy': (id) => [['sns:SetTopicAttributes'], here('sns', named(id))],
  'AWS::SQS::Queue': (id) => [['sqs:CreateQueue', 'sqs:DeleteQueue'], here('sqs', named(id))],
  'AWS::SQS::QueuePolicy': (id) => [['sqs:SetQueueAttributes'], here('sqs', named(id))],
  'AWS::Scheduler::Schedule': (_, { GroupName, Name }) => [
    ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
    here('scheduler', `schedule/${typeof GroupName === 'string' ? GroupName : 'TenantBackup'}/${Name}`),
  ],
  'AWS::Scheduler::ScheduleGroup': (_, { Name }) => [
    ['scheduler:CreateScheduleGroup', 'scheduler:DeleteScheduleGroup'],
    here('scheduler', `schedule-group/${Name}`),
  ],
};

/** They make or list what has no ARN yet. */
const WITHOUT_RESOURCE = ['kms:CreateKey', 'lambda:CreateEventSourceMapping'];

const decide = (action: string, resource: string) =>
  simulate(deployer, {
    role: 'Deployer',
    action,
    resource: WITHOUT_RESOURCE.includes(action) ? '*' : resource,
  });

describe.each<[string, Record<string, unknown>]>([
  ['as shipped', {}],
  [
    'with every option',
    {
      drill: { schedule: 'rate(7 days)', into: 'scratch' },
      lanes: [{ name: 'big', maximumConcurrency: 2 }],
      alarmEmail: 'backups@bank.example',
      objectLock: { mode: 'governance', days: 1 },
    },
  ],
])('the policy of a deployment %s', (_, settings) => {
  it('allows all that CloudFormation does for each resource', async () => {
    const resources = Object.entries(
      synthesize(settings).toJSON()['Resources'] as Record<string, { Type: string; Properties?: Properties }>,
    );
    const refused: string[] = [];
    for (const [id, { Type, Properties = {} }] of resources) {
      const [actions, arn] = REQUESTS[Type]?.(id, Properties) ?? [[`${Type}: no request`], id];
      for (const action of actions) {
        if ((await decide(action, arn)) !== 'allowed') refused.push(`${action} ${arn}`);
      }
    }
    expect(refused).toEqual([]);
  });
});

it.each([
  ['s3:GetObject', 'arn:aws:s3:::tenantbackup-vaultbucket-1/daily/acme.tar'],
  ['s3:DeleteObjectVersion', 'arn:aws:s3:::tenantbackup-vaultbucket-1/daily/acme.tar'],
  ['kms:Decrypt', here('kms', 'key/1')],
  ['kms:CreateGrant', here('kms', 'key/1')],
  ['secretsmanager:GetSecretValue', here('secretsmanager', 'secret:tenant-backup/tenants/acme-AbCdEf')],
  ['iam:CreateRole', global('iam', 'role/Administrator')],
  ['iam:CreatePolicy', global('iam', 'policy/Other')],
])('the policy of a deployment denies %s on %s', async (action, resource) => {
  expect(await decide(action, resource)).toBe('denied');
});
