import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { allowedActions, arnOf, simulate } from './policy-simulator.ts';

const bucketArn = { 'Fn::GetAtt': ['Bucket', 'Arn'] };

const template = (statements: object[], bucketStatements: object[] = [], role: object = {}): Template =>
  Template.fromJSON({
    Resources: {
      Role: { Type: 'AWS::IAM::Role', Properties: role },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: statements } },
      },
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: { Statement: bucketStatements } },
      },
    },
  });

const readAll = {
  Effect: 'Allow',
  Action: 's3:Get*',
  Resource: { 'Fn::Join': ['', [bucketArn, '/daily/*']] },
};
const request = { role: 'Role', action: 's3:GetObject', resource: `${arnOf('Bucket')}/daily/acme.tar` };

describe('policy simulator', () => {
  it('allows what a statement of the role allows, wildcards included', () => {
    expect(simulate(template([readAll]), request)).toBe('allowed');
  });

  it.each([
    ['another action', { action: 's3:PutObject' }],
    ['another resource', { resource: `${arnOf('Bucket')}/safety/acme.tar` }],
    ['the bucket itself', { resource: arnOf('Bucket') }],
  ])('denies %s', (_, difference) => {
    expect(simulate(template([readAll]), { ...request, ...difference })).toBe('denied');
  });

  it('lets a Deny of the bucket win over an Allow of the role', () => {
    const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*', Principal: { AWS: '*' } };
    expect(simulate(template([readAll], [deny]), request)).toBe('explicitly denied');
  });

  it('does not let the role use what the bucket allows to a service', () => {
    const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*', Principal: { Service: 'logging' } };
    expect(simulate(template([], [allow]), request)).toBe('denied');
  });

  it.each([
    [{ Bool: { 'aws:SecureTransport': 'false' } }, 'allowed'],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, 'explicitly denied'],
    [{ Null: { 'kms:EncryptionContext:tenant': 'true' } }, 'explicitly denied'],
    [{ Null: { 'kms:EncryptionContext:tenant': 'false' } }, 'allowed'],
  ])('applies a Deny only under its condition %j', (Condition, decision) => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*', Principal: '*', Condition };
    expect(simulate(template([readAll], [deny]), request)).toBe(decision);
  });

  it.each([
    [['alias/other', 'alias/mine/a'], 'allowed'],
    [['alias/other'], 'denied'],
    [[], 'denied'],
    ['alias/mine/a', 'allowed'],
  ])('applies ForAnyValue to each of %j', (aliases, decision) => {
    const Condition = { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': ['alias/mine/*'] } };
    const context = { 'kms:ResourceAliases': aliases };
    expect(simulate(template([{ ...readAll, Condition }]), { ...request, context })).toBe(decision);
  });

  it('lists each allowed action once, and none that is only denied', () => {
    const deny = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' };
    expect(allowedActions(template([readAll, readAll, deny]), 'Role')).toEqual(['s3:Get*']);
  });

  it.each([
    ['an element', [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }], {}],
    ['an operator', [{ ...readAll, Condition: { DateGreaterThan: { 'aws:CurrentTime': 'x' } } }], {}],
    ['a managed policy', [], { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }],
  ])('refuses to judge %s that it does not know', (_, statements, role) => {
    expect(() => simulate(template(statements, [], role), request)).toThrow(/does not know|managed policies/);
  });
});
