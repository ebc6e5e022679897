import { describe, expect, it } from 'vitest';
import { logicalId, resourcesOf, synthesize } from '../synthesize.ts';
import { arnOf } from '../template-arns.ts';
import { allowedActions, type Decision, simulate } from './policy-simulator.ts';

const template = synthesize();

const policy = (name: string): string =>
  logicalId(template, 'AWS::IAM::ManagedPolicy', `OperatorPolicies${name}`);
const bucket = (name: string): string => arnOf(template, logicalId(template, 'AWS::S3::Bucket', name));
const fn = (name: string): string => arnOf(template, logicalId(template, 'AWS::Lambda::Function', name));
const here = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:111122223333:${rest}`;

const enrolment = here('secretsmanager', 'secret:tenant-backup/tenants/acme-AbCdEf');
const signingKey = arnOf(template, logicalId(template, 'AWS::KMS::Key', 'KeysSigning'));
const key = here('kms', 'key/12345678-1234-1234-1234-123456789012');
const alias = here('kms', 'alias/TenantBackup/configuration/second');
const archive = `${bucket('Vault')}/daily/acme.tar`;
const entry = `${bucket('Ledger')}/operations/acme/1.json`;
const ourKey = { 'kms:ResourceAliases': ['alias/TenantBackup/credentials/first'] };
const tagged = { 'aws:ResourceTag/application': 'tenant-backup' };

type Context = Record<string, string | readonly string[]>;
const decide = (name: string, action: string, resource: string, context: Context = {}): Promise<Decision> =>
  simulate(template, {
    role: policy(name),
    action,
    resource,
    context: { 'aws:SecureTransport': 'true', ...context },
  });

describe.each<[who: string, may: [string, string, Context?][], mayNot: [string, string, Context?][]]>([
  [
    'Viewer',
    [
      ['s3:ListBucketVersions', bucket('Vault')],
      ['s3:GetObjectVersion', archive],
      ['s3:GetObjectLegalHold', archive],
      ['s3:GetObject', entry],
      ['secretsmanager:ListSecrets', '*'],
      ['secretsmanager:DescribeSecret', enrolment],
      ['kms:DescribeKey', key, ourKey],
      ['kms:GetPublicKey', signingKey],
      ['kms:GetKeyPolicy', key, ourKey],
      ['kms:ListGrants', key, ourKey],
      // `keys add` looks at a key that has no alias yet, `keys list` at one that has lost it.
      ['kms:DescribeKey', key, tagged],
      ['kms:GetKeyPolicy', key, tagged],
      ['cloudformation:DescribeStacks', here('cloudformation', 'stack/TenantBackup/1')],
      ['lambda:InvokeFunction', fn('Status')],
      ['iam:ListEntitiesForPolicy', 'arn:aws:iam::111122223333:policy/tenant-backup/TenantBackup/Viewer'],
    ],
    [
      ['kms:DescribeKey', key, { 'kms:ResourceAliases': ['alias/other'] }],
      ['kms:GetPublicKey', key],
      ['kms:Sign', signingKey],
      ['cloudformation:DescribeStacks', here('cloudformation', 'stack/Other/1')],
      ['lambda:InvokeFunction', fn('Dispatch')],
      ['lambda:InvokeFunction', fn('Plan')],
      ['lambda:InvokeFunction', fn('Restore')],
      ['iam:ListEntitiesForPolicy', 'arn:aws:iam::aws:policy/AdministratorAccess'],
      ['s3:PutObject', entry],
    ],
  ],
  [
    'Operator',
    [
      ['lambda:InvokeFunction', fn('Dispatch')],
      ['lambda:InvokeFunction', fn('Plan')],
      ['lambda:InvokeFunction', fn('Audit')],
    ],
    [
      ['lambda:InvokeFunction', fn('Restore')],
      ['lambda:InvokeFunction', fn('Backup')],
    ],
  ],
  [
    'Restorer',
    [
      ['lambda:InvokeFunction', fn('Restore')],
      ['lambda:InvokeFunction', fn('Plan')],
    ],
    [
      ['lambda:InvokeFunction', fn('Dispatch')],
      ['lambda:UpdateFunctionCode', fn('Restore')],
    ],
  ],
  [
    'TenantAdministrator',
    [
      ['secretsmanager:CreateSecret', enrolment],
      ['secretsmanager:PutSecretValue', enrolment],
      ['secretsmanager:UpdateSecretVersionStage', enrolment],
      ['secretsmanager:UntagResource', enrolment],
      ['secretsmanager:DeleteSecret', enrolment],
    ],
    [
      ['secretsmanager:CreateSecret', here('secretsmanager', 'secret:something/else')],
      ['lambda:InvokeFunction', fn('Restore')],
    ],
  ],
  [
    'KeyAdministrator',
    [
      ['kms:CreateAlias', alias],
      ['kms:CreateAlias', key, tagged],
      ['kms:UpdateAlias', alias],
      ['kms:UpdateAlias', key, tagged],
      ['kms:RotateKeyOnDemand', key, tagged],
    ],
    [
      // A key has its policy from whoever makes it; no condition looks into that.
      ['kms:CreateKey', '*'],
      ['kms:CreateKey', '*', { 'aws:RequestTag/application': 'tenant-backup' }],
      ['kms:ReplicateKey', key, { ...tagged, ...ourKey }],
      ['kms:ImportKeyMaterial', key, { ...tagged, ...ourKey }],
      // Nor can any other key be made one of the deployment's, and then be named.
      ['kms:TagResource', key, { 'aws:RequestTag/application': 'tenant-backup' }],
      ['kms:TagResource', '*', { 'aws:RequestTag/application': 'tenant-backup' }],
      ['kms:CreateAlias', key],
      ['kms:UpdateAlias', key],
      ['kms:UpdateAlias', key, { 'aws:ResourceTag/application': 'other', ...ourKey }],
      ['kms:DescribeKey', key],
      ['kms:CreateAlias', here('kms', 'alias/other')],
      ['kms:CreateAlias', here('kms', 'alias/TenantBackup/fingerprint')],
      ['kms:UpdateAlias', here('kms', 'alias/TenantBackup/signing')],
      ['kms:Sign', signingKey],
      ['kms:RotateKeyOnDemand', key],
      ['kms:DisableKey', key, { ...tagged, ...ourKey }],
      ['kms:ScheduleKeyDeletion', key, { ...tagged, ...ourKey }],
      ['kms:PutKeyPolicy', key, { ...tagged, ...ourKey }],
      ['lambda:InvokeFunction', fn('Restore')],
    ],
  ],
])('%s', (who, may, mayNot) => {
  it.each(may)('may %s on %s', async (action, resource, context) => {
    expect(await decide(who, action, resource, context)).toBe('allowed');
  });

  it.each(mayNot)('may not %s on %s', async (action, resource, context) => {
    expect(await decide(who, action, resource, context)).toBe('denied');
  });

  it('makes no key, and decides on none who may use it', () => {
    const actions = [
      'kms:CreateKey',
      'kms:PutKeyPolicy',
      'kms:CreateGrant',
      'kms:TagResource',
      'kms:ReplicateKey',
    ];
    expect(allowedActions(template, policy(who)).filter((action) => actions.includes(action))).toEqual([]);
  });

  it('opens no backup, reads no enrolment, and deletes nothing but enrolments', async () => {
    const sealing = { ...ourKey, ...tagged, 'kms:EncryptionContext:tenant': 'acme' };
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:CreateGrant']) {
      expect(await decide(who, action, key, { ...sealing, 'kms:EncryptionContext:part': 'hub.config' })).toBe(
        'denied',
      );
    }
    expect(await decide(who, 'secretsmanager:GetSecretValue', enrolment)).toBe('denied');
    for (const action of ['s3:PutObject', 's3:BypassGovernanceRetention']) {
      expect(await decide(who, action, archive)).toBe('denied');
    }
    expect(await decide(who, 's3:PutBucketPolicy', bucket('Vault'))).toBe('denied');
    expect(['denied', 'explicitly denied']).toContain(await decide(who, 's3:DeleteObjectVersion', archive));
    expect(
      allowedActions(template, policy(who)).filter((action) => /\*|PassRole|:Delete/.test(action)),
    ).toEqual(who === 'TenantAdministrator' ? ['secretsmanager:DeleteSecret'] : []);
  });
});

describe('a restorer', () => {
  const needsMfa = { restoreNeedsMfa: true };
  const needsTag = { restorePrincipalTag: { key: 'mfa', value: 'yes' } };
  /** What AWS says of sessions: only those of IAM users have the key of multi-factor authentication.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
  const sessions = {
    'an IAM user with multi-factor authentication': { 'aws:MultiFactorAuthPresent': 'true' },
    'an IAM user without it': { 'aws:MultiFactorAuthPresent': 'false' },
    'access keys': {},
    'Identity Center with the tag': { 'aws:PrincipalTag/mfa': 'yes' },
    'SAML with another value': { 'aws:PrincipalTag/mfa': 'yes, of course' },
    'SAML with another tag': { 'aws:PrincipalTag/factor': 'yes' },
    'a tagged role and multi-factor authentication': {
      'aws:MultiFactorAuthPresent': 'true',
      'aws:PrincipalTag/mfa': 'yes',
    },
  };
  type Session = keyof typeof sessions;

  it.each<[string, Record<string, unknown>, Session[]]>([
    ['no condition', {}, Object.keys(sessions) as Session[]],
    [
      'restoreNeedsMfa',
      needsMfa,
      ['an IAM user with multi-factor authentication', 'a tagged role and multi-factor authentication'],
    ],
    [
      'restorePrincipalTag',
      needsTag,
      ['Identity Center with the tag', 'a tagged role and multi-factor authentication'],
    ],
    ['both', { ...needsMfa, ...needsTag }, ['a tagged role and multi-factor authentication']],
  ])('with %s restores from these sessions alone', async (_, settings, allowed) => {
    const strict = synthesize(settings);
    const request = {
      role: logicalId(strict, 'AWS::IAM::ManagedPolicy', 'OperatorPoliciesRestorer'),
      action: 'lambda:InvokeFunction',
      resource: arnOf(strict, logicalId(strict, 'AWS::Lambda::Function', 'Restore')),
    };
    const found: string[] = [];
    for (const [session, context] of Object.entries(sessions)) {
      if ((await simulate(strict, { ...request, context })) === 'allowed') found.push(session);
    }
    expect(found).toEqual(Object.keys(sessions).filter((session) => allowed.includes(session as Session)));
  });
});

it('has no policy with a name, which a second region could not have', () => {
  const policies = Object.values(resourcesOf(template, 'AWS::IAM::ManagedPolicy'));
  expect(policies).toHaveLength(5);
  for (const { Properties } of policies) expect(Properties['ManagedPolicyName']).toBeUndefined();
});
