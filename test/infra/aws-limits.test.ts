import { describe, expect, it } from 'vitest';
import { completeSettings } from '../../infra/settings.ts';
import { longestOf } from './longest-values.ts';
import { buildStack, synthesize } from './synthesize.ts';

const MAX_NAME = 40;
const longest = {
  stackName: 'S'.repeat(MAX_NAME),
  enrolmentPrefix: `${'e'.repeat(99)}/`,
  schedules: Array.from({ length: 55 }, (_, index) => ({
    name: `${index}`.padEnd(32, 's'),
    expression: 'cron(0 2 * * ? *)',
    tier: 'monthly',
  })),
  lanes: Array.from({ length: 20 }, (_, index) => ({
    name: `${index}`.padEnd(32, 'l'),
    maximumConcurrency: 2,
  })),
  drill: { schedule: 'rate(1 day)', into: 'scratch' },
  alarmEmail: 'backups@bank.example',
};
const template = synthesize(longest);
const resources = Object.entries(
  template.toJSON()['Resources'] as Record<string, { Type: string; Properties: Record<string, unknown> }>,
);
const resolved = (value: unknown): string => longestOf(value, template, longest.stackName);

/** The longest that AWS documents for each property, in characters. */
const LIMITS: readonly (readonly [type: string, property: string, most: number])[] = [
  ['AWS::Lambda::Function', 'FunctionName', 64],
  ['AWS::Lambda::Function', 'Description', 256],
  ['AWS::CloudWatch::Alarm', 'AlarmName', 255],
  ['AWS::CloudWatch::Alarm', 'AlarmDescription', 1024],
  ['AWS::CloudWatch::Dashboard', 'DashboardName', 255],
  ['AWS::Events::Rule', 'Name', 64],
  ['AWS::Events::Rule', 'Description', 512],
  ['AWS::Scheduler::Schedule', 'Name', 64],
  ['AWS::Scheduler::Schedule', 'GroupName', 64],
  ['AWS::Scheduler::Schedule', 'Description', 512],
  ['AWS::Scheduler::ScheduleGroup', 'Name', 64],
  ['AWS::KMS::Alias', 'AliasName', 256],
  ['AWS::KMS::Key', 'Description', 8192],
  ['AWS::IAM::ManagedPolicy', 'Path', 512],
  ['AWS::IAM::ManagedPolicy', 'Description', 1000],
  ['AWS::IAM::Role', 'Description', 1000],
  ['AWS::IAM::Policy', 'PolicyName', 128],
  ['AWS::Lambda::Alias', 'Name', 128],
  ['AWS::SNS::Topic', 'TopicName', 256],
  ['AWS::SQS::Queue', 'QueueName', 80],
  ['AWS::IAM::Role', 'RoleName', 64],
  ['AWS::S3::Bucket', 'BucketName', 63],
];

/** Names that CloudFormation makes, within the limits of their service. */
const GENERATED = new Set(['TopicName', 'QueueName', 'RoleName', 'BucketName']);

describe('the template with the longest names', () => {
  it.each(LIMITS)('keeps %s %s within %s characters', (type, property, most) => {
    const values = resources.flatMap(([, { Type, Properties }]) =>
      Type === type && Properties[property] !== undefined ? [resolved(Properties[property])] : [],
    );
    if (GENERATED.has(property)) expect(values).toEqual([]);
    for (const value of values) expect(value.length, value).toBeLessThanOrEqual(most);
  });

  it('names nothing that this table does not limit', () => {
    const named = resources.flatMap(([, { Type, Properties }]) =>
      Object.keys(Properties ?? {})
        .filter((property) => /^(Name|\w+Name|Path|\w*Description)$/.test(property))
        .filter(
          (property) =>
            !['MetricName', 'FunctionName'].includes(property) || Type === 'AWS::Lambda::Function',
        )
        .map((property) => `${Type} ${property}`),
    );
    const known = LIMITS.map(([type, property]) => `${type} ${property}`);
    expect([...new Set(named)].filter((each) => !known.includes(each))).toEqual([]);
  });

  it('stays within the numbers of CloudFormation', () => {
    expect(resources.length).toBeLessThanOrEqual(500);
    expect(Object.keys(template.toJSON()['Outputs']).length).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(JSON.stringify(template.toJSON()))).toBeLessThan(1_000_000);
    for (const [id] of resources) expect(id.length).toBeLessThanOrEqual(255);
  });

  it('keeps policies within the characters of IAM', () => {
    for (const [id, { Type, Properties }] of resources) {
      const most = { 'AWS::IAM::ManagedPolicy': 6_144, 'AWS::IAM::Policy': 10_240 }[Type];
      if (most === undefined) continue;
      const text = JSON.stringify(Properties['PolicyDocument'], (_, value) =>
        typeof value === 'object' &&
        value !== null &&
        ['Ref', 'Fn::GetAtt', 'Fn::Join'].some((key) => key in value)
          ? resolved(value)
          : value,
      );
      expect(text.length, id).toBeLessThanOrEqual(most);
    }
  });
});

describe('the name', () => {
  it('of a stack may have any length up to the bound', { timeout: 120_000 }, () => {
    for (let length = 1; length <= MAX_NAME; length++) {
      expect(buildStack({ stackName: 'S'.repeat(length) }).stack.stackName).toHaveLength(length);
    }
  });

  it.each(['stackName', 'name'])('%s is refused one beyond, with the reason', (setting) => {
    const tooLong = 'S'.repeat(MAX_NAME + 1);
    expect(() => buildStack({ [setting]: tooLong })).toThrow(
      `${setting} must be 1 to 40 letters, digits and hyphens, and begin with a letter: names of rules are up to 24 longer, and have 64 at most`,
    );
  });

  it('is as long as the names that begin with it allow', () => {
    const suffixes = resources.flatMap(([, { Type, Properties }]) =>
      Type === 'AWS::Events::Rule' ? [String(Properties['Name']).length - MAX_NAME] : [],
    );
    expect(Math.max(...suffixes)).toBeLessThanOrEqual(24);
    const schedules = [{ name: 'nightly', expression: 'rate(1 day)' }];
    expect(completeSettings({ name: longest.stackName, schedules }, 'x').name).toBe(longest.stackName);
  });
});
