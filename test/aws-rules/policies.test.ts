import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { expandAction, misfits } from '../infra/published-iam.ts';
import { resolve } from '../infra/template-arns.ts';
import { templates } from './configurations.ts';

/** Where policies stand in a template, by the type of the resource. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'AWS::IAM::Policy': 'PolicyDocument',
  'AWS::IAM::ManagedPolicy': 'PolicyDocument',
  'AWS::IAM::Role': 'AssumeRolePolicyDocument',
  'AWS::S3::BucketPolicy': 'PolicyDocument',
  'AWS::SQS::QueuePolicy': 'PolicyDocument',
  'AWS::SNS::TopicPolicy': 'PolicyDocument',
  'AWS::KMS::Key': 'KeyPolicy',
};

/** Limits of IAM in characters without whitespace.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MANAGED_POLICY_CHARACTERS = 6144;
const INLINE_POLICIES_CHARACTERS = 10_240;

/** Limits of CloudFormation. Synthesis itself refuses too large an environment of a function.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const TEMPLATE_BYTES = 1_000_000;
const RESOURCES = 500;
const OUTPUTS = 200;

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Returns every statement of every policy in a template, with its place. */
function statementsOf(template: Template): (readonly [place: string, statement: Statement])[] {
  return Object.entries(DOCUMENTS).flatMap(([type, property]) =>
    Object.entries(template.findResources(type)).flatMap(([id, { Properties }]) => {
      const { Statement } = resolve(template, Properties[property]) as { Statement: Statement[] };
      return Statement.map((statement) => [`${id}.${property}`, statement] as const);
    }),
  );
}

/** A key's policy and a refusal of requests without TLS are about all actions of their service. */
const isAboutAll = (action: string): boolean => action.endsWith(':*');

async function misfitsOf({ Action, Resource = '*', Condition = {} }: Statement): Promise<string[]> {
  const keys = Object.values(Condition).flatMap((operands) => Object.keys(operands));
  const patterns = [Action].flat().filter((action) => !isAboutAll(action));
  const found: string[] = [];
  for (const action of (await Promise.all(patterns.map(expandAction))).flat()) {
    for (const resource of [Resource].flat()) found.push(...(await misfits(action, resource, keys)));
  }
  return found;
}

describe.each(Object.entries(templates))('the stack with %s', (_, template) => {
  const json = template.toJSON();
  const characters = (value: unknown): number => JSON.stringify(resolve(template, value)).length;

  it('has policies whose actions, resources and condition keys AWS knows, each fitting the others', async () => {
    const statements = statementsOf(template);
    expect(statements.length).toBeGreaterThan(80);
    const found = await Promise.all(
      statements.map(async ([place, statement]) =>
        (await misfitsOf(statement)).map((misfit) => `${place}: ${misfit}`),
      ),
    );
    expect(found.flat()).toEqual([]);
  });

  it('has policies that IAM has room for', () => {
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::ManagedPolicy'))) {
      expect(characters(Properties['PolicyDocument'])).toBeLessThan(MANAGED_POLICY_CHARACTERS);
    }
    const attached = Object.values(template.findResources('AWS::IAM::Policy'));
    for (const role of Object.keys(template.findResources('AWS::IAM::Role'))) {
      const policies = attached.filter(({ Properties }) =>
        Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
      );
      const sizes = policies.map(({ Properties }) => characters(Properties.PolicyDocument));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(INLINE_POLICIES_CHARACTERS);
    }
  });

  it('has a template within the limits', () => {
    expect(JSON.stringify(json, null, 1).length).toBeLessThan(TEMPLATE_BYTES);
    expect(Object.keys(json['Resources']).length).toBeLessThan(RESOURCES);
    expect(Object.keys(json['Outputs']).length).toBeLessThan(OUTPUTS);
  });
});
