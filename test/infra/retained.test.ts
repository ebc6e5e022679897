import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesize.ts';

/** What stays when the stack goes, and what a first deployment that fails leaves behind. */

/** Types of resources that hold what cannot be made again, and of what protects them. */
const STAY = ['AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy'];

/** Why resources of all other types go with the stack. */
const GO: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'watches functions and queues that go',
  'AWS::CloudWatch::Dashboard': 'shows metrics of functions that go',
  'AWS::Events::Rule': 'has a fixed name, which the next stack needs, and a topic that goes',
  'AWS::IAM::ManagedPolicy': 'grants, and protects nothing',
  'AWS::IAM::Policy': 'grants, and protects nothing',
  'AWS::IAM::Role': 'belongs to a function or a schedule that goes',
  'AWS::KMS::Alias': 'has a fixed name, which the next stack needs; grants by aliases go with the roles',
  'AWS::Lambda::EventInvokeConfig': 'belongs to a function that goes',
  'AWS::Lambda::EventSourceMapping': 'belongs to a function that goes',
  'AWS::Lambda::Function': 'is made again from its code',
  'AWS::SNS::Subscription': 'belongs to a topic that goes',
  'AWS::SNS::Topic': 'tells of functions, alarms and rules that go',
  'AWS::SNS::TopicPolicy': 'belongs to a topic that goes',
  'AWS::SQS::Queue': 'holds requests, which only the functions serve',
  'AWS::SQS::QueuePolicy': 'belongs to a queue that goes',
  'AWS::Scheduler::Schedule': 'calls a function that goes',
  'AWS::Scheduler::ScheduleGroup': 'has a fixed name, which the next stack needs',
};

/** A type of these names protects or limits the resource that it names. */
const PROTECTS = /(Policy|PublicAccessBlock|ResourcePolicy|RetentionPolicy)$/;
const GRANTS = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'];

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const EVERY_OPTION = {
  drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' },
  lanes: [{ name: 'big', maximumConcurrency: 2 }],
  alarmEmail: 'backups@bank.example',
  objectLock: { mode: 'governance', days: 1 },
};

const resources = (settings: Record<string, unknown> = {}): [id: string, resource: Resource][] =>
  Object.entries((synthesize(settings) as Template).toJSON()['Resources'] as Record<string, Resource>);

const stays = ({ DeletionPolicy }: Resource): boolean => DeletionPolicy?.startsWith('Retain') ?? false;

/** Logical ids that a value of a template refers to. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'Ref') return [inner as string];
    if (name === 'Fn::GetAtt') return [(inner as string[])[0] ?? ''];
    return references(inner);
  });
}

describe.each<[string, Record<string, unknown>]>([
  ['as shipped', {}],
  ['with every option', EVERY_OPTION],
])('a stack %s', (_, settings) => {
  const all = resources(settings);

  it.each(STAY)('retains every %s, also when it is replaced, unless its creation is rolled back', (type) => {
    const found = all.filter(([, { Type }]) => Type === type);
    expect(found.length).toBeGreaterThan(1);
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of found) {
      expect({ id, DeletionPolicy, UpdateReplacePolicy }).toEqual({
        id,
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
    }
  });

  it('retains nothing else, and has no type without a decision', () => {
    const others = all.filter(([, { Type }]) => !STAY.includes(Type));
    expect(others.filter(([, resource]) => stays(resource))).toEqual([]);
    expect([...new Set(others.map(([, { Type }]) => Type))].filter((type) => !(type in GO))).toEqual([]);
  });

  it('retains what protects a resource with the resource', () => {
    const retained = new Set(all.filter(([, resource]) => stays(resource)).map(([id]) => id));
    const protections = all.filter(
      ([, { Type, Properties }]) =>
        PROTECTS.test(Type) &&
        !GRANTS.includes(Type) &&
        references(Properties).some((reference) => retained.has(reference)),
    );
    expect(protections.map(([, { Type }]) => Type)).toContain('AWS::S3::BucketPolicy');
    expect(protections.filter(([id]) => !retained.has(id)).map(([id]) => id)).toEqual([]);
  });
});

it('a stack for trials retains nothing', () => {
  expect(resources({ ...EVERY_OPTION, removal: 'destroy' }).filter(([, each]) => stays(each))).toEqual([]);
});
