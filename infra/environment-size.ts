import { CfnResource, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TenantBackupError } from '../functions/errors.ts';
import { EnvironmentName } from '../functions/runtime/names.ts';

/** Lambda measures the JSON of all variables, names and escapes included.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_BYTES = 4096;

/** The settings that variables grow with. */
const SETTINGS: Readonly<Record<string, string>> = {
  [EnvironmentName.auditSettings]: 'schedules',
  [EnvironmentName.drillSettings]: 'drill.tenants',
  [EnvironmentName.laneQueueUrls]: 'lanes',
  [EnvironmentName.trustedSigningKeys]: 'trustedSigningKeys',
  [EnvironmentName.escrowPublicKey]: 'escrowPublicKey',
  [EnvironmentName.retention]: 'retention and objectLock',
};

/** The longest values of what only AWS knows, in characters; of a resource, without the name that CloudFormation gives it. */
const LONGEST: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 'ap-southeast-1'.length,
  'AWS::AccountId': 12,
  'AWS::URLSuffix': 'amazonaws.com.cn'.length,
  'AWS::KMS::Key': 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/12345678-1234-1234-1234-123456789012'
    .length,
  'AWS::S3::Bucket': 0,
  'AWS::SQS::Queue': 'https://sqs.ap-southeast-1.amazonaws.com/123456789012/'.length,
  'AWS::SNS::Topic': 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:'.length,
};

const KEY = 'AWS::KMS::Key';
const KEY_ID = '12345678-1234-1234-1234-123456789012';

/** The longest names that CloudFormation gives. */
const LONGEST_NAME: Readonly<Record<string, number>> = {
  'AWS::S3::Bucket': 63,
  'AWS::SQS::Queue': 80,
  'AWS::SNS::Topic': 256,
};

/** CloudFormation puts twelve characters behind stack and logical id. */
const GENERATED = '--abcdefghijkl'.length;

/**
 * Refuses an environment that Lambda would refuse at the deployment.
 * @param verb names the function
 * @throws INVALID_CONFIGURATION naming function, bound, size, and the settings that take most of it
 */
export function refuseTooLargeEnvironment(
  scope: Construct,
  verb: string,
  variables: Readonly<Record<string, string>>,
): void {
  const stack = Stack.of(scope);
  const sizes = Object.entries(variables).map(([name, value]) => ({
    name,
    bytes: bytesOf(name) + bytesOf(longest(stack, stack.resolve(value))) + 2,
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 1);
  if (total <= MAX_BYTES) return;
  const shares = sizes
    .filter(({ name }) => name in SETTINGS)
    .sort((one, other) => other.bytes - one.bytes)
    .map(({ name, bytes }) => `${SETTINGS[name]} ${bytes}`);
  throw new TenantBackupError(
    'INVALID_CONFIGURATION',
    `${scope.node.path}: the settings of the function ${verb} must fit into ${MAX_BYTES} bytes, got ${total}: ${shares.join(', ')}`,
  );
}

const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Returns a text as long as a value can become. */
function longest(stack: Stack, value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Array.isArray(join)) {
    const [separator, parts] = join as [string, unknown[]];
    return parts.map((part) => longest(stack, part)).join(separator);
  }
  const id = String(ref ?? (attribute as string[] | undefined)?.[0]);
  const type = id in LONGEST ? id : typeOf(stack, id);
  const fixed = type === KEY && ref !== undefined ? KEY_ID.length : LONGEST[type];
  if (fixed === undefined) throw new TypeError(`no longest value is known of ${JSON.stringify(value)}`);
  const name = stack.stackName.length + id.length + GENERATED;
  return 'x'.repeat(fixed + Math.min(LONGEST_NAME[type] ?? 0, name));
}

const typeOf = (stack: Stack, logicalId: string): string =>
  stack.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct))
    .find((resource) => stack.resolve(resource.logicalId) === logicalId)?.cfnResourceType ?? '';
