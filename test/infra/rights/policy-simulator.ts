import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Template } from 'aws-cdk-lib/assertions';
import { misfits } from '../published-iam.ts';
import { ACCOUNT, arnOf, resolve } from '../template-arns.ts';

/** What a role asks for. */
export interface AccessRequest {
  /** Logical id of the role in the template, or of a managed policy, for a principal that has it alone. */
  readonly role: string;
  /** For example `s3:GetObject`. */
  readonly action: string;
  /** ARN as `arnOf` writes it, with the path below it. */
  readonly resource: string;
  /** Condition keys of the request, with one value or several. @default - a request over TLS */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** `explicitly denied` is a Deny that no Allow can overrule; `denied` is the lack of an Allow. */
export type Decision = 'allowed' | 'denied' | 'explicitly denied';

/** A policy of the template, with ARNs in place of intrinsic functions. */
export interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: 'Allow' | 'Deny';
    readonly Action: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }[];
}

const DECISIONS: Readonly<Record<string, Decision>> = {
  Allowed: 'allowed',
  ImplicitlyDenied: 'denied',
  ExplicitlyDenied: 'explicitly denied',
};

/** The policy of keys that operators make: it delegates to IAM, as those of the stack do. */
const DELEGATING_KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

/**
 * Decides a request by the policies of the role and of the resource, as IAM does, in a simulator that knows the published
 * actions, types of resources and condition keys of AWS.
 * @throws Error if AWS knows no such action, or the action has no such resource or condition key
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export async function simulate(template: Template, request: AccessRequest): Promise<Decision> {
  const { role, action, resource, context = {} } = request;
  const wrong = await misfits(action, resource, Object.keys(context));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  const resourcePolicy = resourcePolicyOf(template, resource);
  const answer = await runSimulation(
    withVariableKeys({
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:SecureTransport': 'true', ...context } as Record<string, string | string[]>,
      },
      identityPolicies: policiesOf(template, role).map((policy, index) => ({ name: `${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy && { resourcePolicy }),
    }),
    {},
  );
  const decision = answer.resultType === 'error' ? undefined : DECISIONS[answer.overallResult];
  if (
    decision === undefined ||
    (answer.resultType === 'single' && answer.result.ignoredContextKeys?.length)
  ) {
    throw new Error(`${action} on ${resource} cannot be simulated: ${JSON.stringify(answer)}`);
  }
  return decision;
}

/** Renames keys such as `kms:EncryptionContext:tenant`. The simulator knows keys with a variable part as tags alone. */
const withVariableKeys = (simulation: Simulation): Simulation =>
  JSON.parse(JSON.stringify(simulation).replaceAll('kms:EncryptionContext:', 'aws:PrincipalTag/context-'));

/** Returns every action that some statement of the role allows on something, sorted. */
export function allowedActions(template: Template, role: string): string[] {
  const statements = policiesOf(template, role).flatMap(({ Statement }) => Statement);
  const allows = statements.filter(({ Effect }) => Effect === 'Allow');
  return [...new Set(allows.flatMap(({ Action }) => Action))].sort();
}

/** Returns the policies of a role, or the managed policy of that logical id. */
export function policiesOf(template: Template, role: string): PolicyDocument[] {
  const managed = template.findResources('AWS::IAM::ManagedPolicy')[role];
  if (managed !== undefined) return [documentOf(template, managed)];
  const resource = template.findResources('AWS::IAM::Role')[role];
  if (resource === undefined) throw new Error(`the template has no role ${role}`);
  if (resource['Properties'].ManagedPolicyArns !== undefined) {
    throw new Error(`${role} has managed policies, which are not in the template`);
  }
  const inline: unknown[] = resource['Properties'].Policies ?? [];
  const attached = Object.values(template.findResources('AWS::IAM::Policy')).filter((policy) =>
    policy['Properties'].Roles?.some((reference: { Ref?: string }) => reference.Ref === role),
  );
  return [
    ...inline.map((policy) => documentOf(template, { Properties: policy })),
    ...attached.map((policy) => documentOf(template, policy)),
  ];
}

const documentOf = (template: Template, policy: { readonly [key: string]: unknown }): PolicyDocument =>
  resolve(
    template,
    (policy['Properties'] as { readonly PolicyDocument: unknown }).PolicyDocument,
  ) as PolicyDocument;

/** Returns the policy of the bucket, queue, topic or key that an ARN names. */
function resourcePolicyOf(template: Template, resource: string): object | undefined {
  const [, , service] = resource.split(':');
  if (service === 'kms') return keyPolicy(template, resource);
  const policies = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap(
    (type) => Object.values(template.findResources(type)),
  );
  const own = policies.filter(({ Properties: { Bucket, Queues, Topics } }) => {
    const owners: { Ref: string }[] = [Bucket ?? [], Queues ?? [], Topics ?? []].flat();
    return owners.some(({ Ref }) => resource.split('/')[0] === arnOf(template, Ref));
  });
  if (own.length > 1) throw new Error(`${resource} has ${own.length} policies`);
  return own[0] && documentOf(template, own[0]);
}

function keyPolicy(template: Template, resource: string): object {
  const key = Object.entries(template.findResources('AWS::KMS::Key')).find(
    ([id]) => arnOf(template, id) === resource,
  );
  return key ? (resolve(template, key[1]['Properties'].KeyPolicy) as object) : DELEGATING_KEY_POLICY;
}
