import type { Template } from 'aws-cdk-lib/assertions';

const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

const here = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** ARNs as AWS forms them. A resource without a name of its own is named after its logical id, as in AWS. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name.toLowerCase()}`,
  'AWS::SQS::Queue': (name) => here('sqs', name),
  'AWS::SNS::Topic': (name) => here('sns', name),
  'AWS::KMS::Key': (name) => here('kms', `key/${name}`),
  'AWS::Lambda::Function': (name) => here('lambda', `function:${name}`),
  'AWS::Logs::LogGroup': (name) => here('logs', `log-group:${name}:*`),
  'AWS::Scheduler::ScheduleGroup': (name) => here('scheduler', `schedule-group/${name}`),
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
};
const NAME_PROPERTIES = ['FunctionName', 'Name'];

/** Returns the ARN that a resource of the template has once it is deployed. */
export function arnOf(template: Template, logicalId: string): string {
  const { Type, Properties } = template.toJSON()['Resources'][logicalId] ?? {};
  const format = ARNS[Type];
  if (format === undefined) throw new Error(`no ARN is known for ${logicalId} of type ${Type}`);
  return format(NAME_PROPERTIES.map((name) => Properties?.[name]).find(Boolean) ?? logicalId);
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}

/** Replaces the intrinsic functions that policies use by what they stand for once the template is deployed. */
export function resolve(template: Template, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => resolve(template, item));
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (join) return join[1].map((item) => resolve(template, item)).join(join[0]);
  if (attribute?.[1] === 'Arn') return arnOf(template, attribute[0]);
  if (Ref !== undefined) return PSEUDO_PARAMETERS[Ref] ?? nameOf(template, Ref);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(template, item)]));
}

/** Returns what `Ref` gives: the ARN of a topic, and the name of others. */
function nameOf(template: Template, logicalId: string): string {
  const arn = arnOf(template, logicalId);
  return arn.startsWith('arn:aws:sns:') ? arn : (arn.split(/[:/]/).at(-1) ?? '');
}
