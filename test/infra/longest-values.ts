import type { Template } from 'aws-cdk-lib/assertions';
import { expect } from 'vitest';

const REGION = 'ap-southeast-1';
const ACCOUNT = '123456789012';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [id: string, attribute: string];
  readonly 'Fn::Join'?: readonly [separator: string, parts: readonly unknown[]];
}

/** Returns a value of a template as long as it can become. CloudFormation names a resource by stack and logical id, within
 * the limit of its service. */
export function longestOf(value: unknown, template: Template, stackName: string): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (join) return join[1].map((part) => longestOf(part, template, stackName)).join(join[0]);
  const id = ref ?? attribute?.[0] ?? '';
  const pseudo = PSEUDO[id];
  if (pseudo !== undefined) return pseudo;
  const { Type = '', Properties = {} } = template.toJSON()['Resources'][id] ?? {};
  const name = `${stackName}-${id}-ABCDEFGHIJKL`;
  const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
  const [bucket, queue] = [name.slice(0, 63), name.slice(0, 80)];
  const values: Readonly<Record<string, string>> = {
    'AWS::S3::Bucket': bucket,
    'AWS::S3::Bucket.Arn': `arn:aws:s3:::${bucket}`,
    'AWS::SQS::Queue': `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${queue}`,
    'AWS::SQS::Queue.Arn': arn('sqs', queue),
    'AWS::KMS::Key': '12345678-1234-1234-1234-123456789012',
    'AWS::KMS::Key.Arn': arn('kms', 'key/12345678-1234-1234-1234-123456789012'),
    'AWS::SNS::Topic': arn('sns', name),
    'AWS::Logs::LogGroup.Arn': arn('logs', `log-group:${name}:*`),
    'AWS::Lambda::Function.Arn': arn('lambda', `function:${Properties.FunctionName}`),
    'AWS::Scheduler::ScheduleGroup.Arn': arn('scheduler', `schedule-group/${Properties.Name}`),
  };
  const found = values[attribute ? `${Type}.${attribute[1]}` : Type];
  return found ?? expect.fail(`unknown value ${JSON.stringify(value)} of ${Type}`);
}
