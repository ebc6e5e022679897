import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { acknowledge, acknowledgeWildcard } from '../../infra/acknowledge.ts';
import { RULE_PACKS } from '../../infra/rule-packs.ts';
import { buildStack } from './synthesize.ts';

const findings = (scope: IConstruct): string[] =>
  RULE_PACKS.flatMap((Pack) => new Pack().validateScope(scope).violations).map(({ ruleName }) => ruleName);

/** Only the findings of the pack that names wildcards. */
const wildcardsIn = (scope: IConstruct): string[] =>
  findings(scope).filter((rule) => rule.startsWith('AwsSolutions-IAM5'));

/** A role that may read everything in two buckets. */
function reader() {
  const stack = new Stack(new App(), 'Stack');
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const resources = ['One', 'Other'].map((id) => new Bucket(stack, id).arnForObjects('*'));
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources }));
  return { stack, role, resources: resources as [string, string] };
}

describe('cdk-nag, with its rules of AWS, for NIST 800-53 and for PCI DSS', () => {
  it.each<Record<string, unknown>>([
    {},
    { removal: 'destroy' },
    {
      drill: { schedule: 'rate(7 days)', into: 'scratch' },
      lanes: [{ name: 'big', maximumConcurrency: 2 }],
      objectLock: { mode: 'compliance', days: 7 },
      alarmEmail: 'backups@bank.example',
      restoreNeedsMfa: true,
    },
  ])('finds nothing unexplained in the stack with %j', (settings) => {
    const { app } = buildStack(settings);
    expect(findings(app)).toEqual([]);
  });

  it('finds what nobody has explained', () => {
    const { stack } = buildStack();
    new Bucket(stack, 'Forgotten');
    expect(findings(stack)).toEqual(
      expect.arrayContaining([
        'AwsSolutions-S1',
        'AwsSolutions-S10',
        'NIST.800.53.R5-S3BucketVersioningEnabled',
        'PCI.DSS.321-S3BucketVersioningEnabled',
      ]),
    );
  });
});

describe('acknowledgeWildcard', () => {
  it('explains the one wildcard it names, and leaves the others found', () => {
    const { role, resources } = reader();
    expect(wildcardsIn(role)).toHaveLength(2);
    acknowledgeWildcard(role, resources[0], 'test');
    expect(wildcardsIn(role)).toEqual([
      expect.stringMatching(/^AwsSolutions-IAM5\[Resource::<Other\w+\.Arn>\/\*\]$/),
    ]);
  });
});

describe('acknowledge', () => {
  it('explains one rule for a construct and all it contains', () => {
    const { stack } = reader();
    acknowledge(stack, 'AwsSolutions-S1', 'test');
    expect(findings(stack)).not.toContain('AwsSolutions-S1');
    expect(findings(stack)).toContain('AwsSolutions-S10');
  });
});
