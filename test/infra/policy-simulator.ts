import type { Template } from 'aws-cdk-lib/assertions';

/** What a role asks for. */
export interface AccessRequest {
  /** Logical id of the role in the template, or of a managed policy, for whoever has it and nothing else. */
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

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
  readonly Sid?: string;
}

const KNOWN_ELEMENTS = new Set(['Effect', 'Action', 'Resource', 'Principal', 'Condition', 'Sid']);
const RESOURCE_POLICIES = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'];
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '111122223333',
};

/** How the simulator writes the ARN of a resource of the template. */
export const arnOf = (logicalId: string): string => `arn:${logicalId}`;

/**
 * Decide a request by the synthesized policies of the role and of the buckets and queues, as IAM does: a Deny
 * anywhere wins, then an Allow of the role, and otherwise nothing is allowed. KMS keys are taken to leave the
 * decision to IAM, and elements of the policy language that the stack does not use are refused.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function simulate(template: Template, request: AccessRequest): Decision {
  const own = roleStatements(template, request.role);
  const others = resourceStatements(template).filter((statement) => namesEverybody(statement.Principal));
  const matching = [...own, ...others].filter((statement) => matches(statement, request));
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicitly denied';
  return matching.some((statement) => own.includes(statement)) ? 'allowed' : 'denied';
}

/** Every action that some statement of the role allows on something, sorted: what the role can do at all. */
export function allowedActions(template: Template, role: string): string[] {
  const allows = roleStatements(template, role).filter(({ Effect }) => Effect === 'Allow');
  return [...new Set(allows.flatMap(({ Action }) => Action))].sort();
}

function roleStatements(template: Template, role: string): Statement[] {
  const policy = template.findResources('AWS::IAM::ManagedPolicy')[role];
  if (policy !== undefined) return statementsOf(documentOf(policy['Properties']));
  const resource = template.findResources('AWS::IAM::Role')[role];
  if (resource === undefined) throw new Error(`the template has no role ${role}`);
  if (resource['Properties'].ManagedPolicyArns !== undefined) {
    throw new Error(`${role} has managed policies, which are not in the template`);
  }
  const inline: unknown[] = (resource['Properties'].Policies ?? []).map(documentOf);
  const attached = Object.values(template.findResources('AWS::IAM::Policy'))
    .map((policy) => policy['Properties'])
    .filter((policy) => policy.Roles?.some((reference: { Ref?: string }) => reference.Ref === role))
    .map(documentOf);
  return [...inline, ...attached].flatMap(statementsOf);
}

const resourceStatements = (template: Template): Statement[] =>
  RESOURCE_POLICIES.flatMap((type) => Object.values(template.findResources(type)))
    .map((policy) => documentOf(policy['Properties']))
    .flatMap(statementsOf);

const documentOf = (properties: { readonly PolicyDocument?: unknown }): unknown => properties.PolicyDocument;

function statementsOf(document: unknown): Statement[] {
  const statements = (document as { Statement: Statement[] }).Statement;
  for (const element of statements.flatMap(Object.keys)) {
    if (!KNOWN_ELEMENTS.has(element)) throw new Error(`the simulator does not know the element ${element}`);
  }
  return statements;
}

function namesEverybody(principal: unknown): boolean {
  return principal === '*' || (principal as { AWS?: unknown } | undefined)?.AWS === '*';
}

function matches(statement: Statement, request: AccessRequest): boolean {
  return (
    [statement.Action].flat().some((pattern) => like(request.action, pattern, 'i')) &&
    [statement.Resource].flat().some((pattern) => like(request.resource, text(pattern))) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) => conditionHolds(operator, key, expected, request)),
    )
  );
}

function conditionHolds(operator: string, key: string, expected: unknown, request: AccessRequest): boolean {
  const actual = (request.context ?? { 'aws:SecureTransport': 'true' })[key];
  const values = [expected].flat().map(text);
  if (typeof actual === 'object') {
    if (operator !== 'ForAnyValue:StringLike')
      throw new Error(`${key} has several values: not for ${operator}`);
    return actual.some((value) => values.some((pattern) => like(value, pattern)));
  }
  switch (operator) {
    case 'Bool':
    case 'StringEquals':
      return actual !== undefined && values.includes(actual);
    case 'StringLike':
    case 'ForAnyValue:StringLike':
    case 'ArnLike':
      return actual !== undefined && values.some((pattern) => like(actual, pattern));
    case 'Null':
      return values.includes(String(actual === undefined));
    default:
      throw new Error(`the simulator does not know the condition operator ${operator}`);
  }
}

/** Compare with IAM's wildcards `*` and `?`. */
function like(value: string, pattern: string, flags = ''): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, `s${flags}`).test(value);
}

/** Resolve the intrinsics that the stack uses into text. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const intrinsic = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return PSEUDO_PARAMETERS[intrinsic.Ref] ?? intrinsic.Ref;
  const [id, attribute] = intrinsic['Fn::GetAtt'] ?? [];
  if (id !== undefined && attribute === 'Arn') return arnOf(id);
  if (intrinsic['Fn::Join'] !== undefined) {
    return intrinsic['Fn::Join'][1].map(text).join(intrinsic['Fn::Join'][0]);
  }
  throw new Error(`the simulator cannot resolve ${JSON.stringify(value)}`);
}
