import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { arnOf } from '../template-arns.ts';
import { allowedActions, simulate } from './policy-simulator.ts';

const bucketArn = { 'Fn::GetAtt': ['Bucket', 'Arn'] };

const template = (statements: object[], bucketStatements: object[] = [], role: object = {}): Template =>
  Template.fromJSON({
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket' },
      Other: { Type: 'AWS::S3::Bucket' },
      Key: {
        Type: 'AWS::KMS::Key',
        Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [keyStatement] } },
      },
      Role: { Type: 'AWS::IAM::Role', Properties: role },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Roles: [{ Ref: 'Role' }],
          PolicyDocument: { Version: '2012-10-17', Statement: statements },
        },
      },
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Bucket' },
          PolicyDocument: { Version: '2012-10-17', Statement: bucketStatements },
        },
      },
    },
  });

/** Delegates nothing to IAM. */
const keyStatement = {
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'kms:Decrypt',
  Resource: '*',
};
const readAll = {
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: { 'Fn::Join': ['', [bucketArn, '/daily/*']] },
};
const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*', Principal: { AWS: '*' } };
const none = template([]);
const request = { role: 'Role', action: 's3:GetObject', resource: `${arnOf(none, 'Bucket')}/daily/acme.tar` };

describe('the simulation of a template', () => {
  it('takes the policies attached to the role, with ARNs in place of intrinsic functions', async () => {
    expect(await simulate(template([readAll]), request)).toBe('allowed');
    expect(await simulate(none, request)).toBe('denied');
  });

  it('takes the policy of the bucket that is asked for, and of no other', async () => {
    const refusing = template([{ ...readAll, Resource: '*' }], [deny]);
    expect(await simulate(refusing, request)).toBe('explicitly denied');
    const resource = `${arnOf(none, 'Other')}/daily/acme.tar`;
    expect(await simulate(refusing, { ...request, resource })).toBe('allowed');
  });

  it('takes the policy of a key, which may keep IAM from deciding', async () => {
    const decrypting = template([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }]);
    const decrypt = { role: 'Role', action: 'kms:Decrypt' };
    const key = arnOf(none, 'Key');
    expect(await simulate(decrypting, { ...decrypt, resource: key })).toBe('denied');
    // An operator made this key, with the usual policy.
    expect(await simulate(decrypting, { ...decrypt, resource: `${key}-of-operators` })).toBe('allowed');
  });

  it('lists each allowed action once, and none that is only denied', () => {
    const denied = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' };
    expect(allowedActions(template([readAll, readAll, denied]), 'Role')).toEqual(['s3:GetObject']);
  });

  it.each([
    ['action', { action: 's3:GetObjects' }],
    ['action on this type of resource', { action: 's3:ListBucketVersions' }],
    ['condition key for the action', { context: { 'kms:ResourceAliases': ['alias/a'] } }],
  ])('refuses a request where AWS has no such %s', async (_, difference) => {
    await expect(simulate(template([readAll]), { ...request, ...difference })).rejects.toThrow(
      /no action|does not take|no condition key/,
    );
  });

  it('refuses a role with managed policies, which are not in the template', async () => {
    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess'];
    await expect(simulate(template([], [], { ManagedPolicyArns }), request)).rejects.toThrow(
      /managed policies/,
    );
  });
});
