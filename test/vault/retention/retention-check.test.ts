import { describe, expect, it } from 'vitest';
import type {
  BucketSettings,
  LifecycleRuleFound,
} from '../../../functions/vault/retention/retention-check.ts';
import { compareBucket } from '../../../functions/vault/retention/retention-check.ts';
import { tierRules } from '../../../functions/vault/retention/retention-rules.ts';
import { completeSettings } from '../../../infra/settings.ts';

const policyOf = (settings: object = {}) =>
  completeSettings(
    {
      schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }],
      retention: { monthly: { transitions: [{ storageClass: 'STANDARD_IA', days: 30 }] } },
      ...settings,
    },
    'tenantBackup',
  ).retentionPolicy;
const policy = policyOf();

const ruleFound = (rule: ReturnType<typeof tierRules>[number]): LifecycleRuleFound => ({
  ID: rule.id,
  Filter: { Prefix: rule.prefix },
  Status: 'Enabled',
  Expiration: { ExpiredObjectDeleteMarker: true },
  NoncurrentVersionExpiration: {
    NoncurrentDays: rule.noncurrentDays,
    NewerNoncurrentVersions: rule.newerNoncurrentVersions,
  },
  NoncurrentVersionTransitions: rule.transitions.map(({ storageClass, days }) => ({
    StorageClass: storageClass,
    NoncurrentDays: days,
  })),
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
});

const objects = 'arn:aws:s3:::vault/*';
const noPlainHttp = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 's3:*',
  Resource: ['arn:aws:s3:::vault', objects],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const noDeletion = {
  Sid: 'OnlyTheLifecycleDeletes',
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  Resource: objects,
};

const asDeployed: BucketSettings = {
  versioning: 'Enabled',
  lifecycleRules: tierRules(policy).map(ruleFound),
  objectLock: { enabled: true, defaultRetention: null },
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  policy: { Statement: [noPlainHttp, noDeletion] },
};

/** The rule of the daily tier with other members. */
const withDaily = (change: Partial<LifecycleRuleFound>): Partial<BucketSettings> => ({
  lifecycleRules: asDeployed.lifecycleRules.map((rule) =>
    rule.ID === 'daily' ? { ...rule, ...change } : rule,
  ),
});
const withPolicy = (...Statement: object[]): Partial<BucketSettings> => ({ policy: { Statement } });
const daily = 'lifecycle of daily/';
const deletions = ['bucket policy: s3:DeleteObject', 'bucket policy: s3:DeleteObjectVersion'];

describe('compareBucket', () => {
  it('finds nothing in a bucket that is as deployed', () => {
    expect(compareBucket(policy, 'vault', asDeployed)).toEqual([]);
  });

  it('knows a rule by its prefix, however S3 writes it, and in any order', () => {
    const lifecycleRules = asDeployed.lifecycleRules
      .map(({ Filter, ID: _, ...rule }) => ({ ...rule, Prefix: Filter?.Prefix }))
      .toReversed();
    expect(compareBucket(policy, 'vault', { ...asDeployed, lifecycleRules })).toEqual([]);
  });

  it.each<[name: string, change: Partial<BucketSettings>, settings: readonly string[]]>([
    ['suspended versioning', { versioning: 'Suspended' }, ['versioning']],
    ['versioning that was never on', { versioning: null }, ['versioning']],
    ['a missing rule', { lifecycleRules: asDeployed.lifecycleRules.slice(1) }, [daily]],
    ['a rule that is off', withDaily({ Status: 'Disabled' }), [daily]],
    [
      'other days',
      withDaily({ NoncurrentVersionExpiration: { NoncurrentDays: 34, NewerNoncurrentVersions: 13 } }),
      [daily],
    ],
    [
      'fewer newest versions',
      withDaily({ NoncurrentVersionExpiration: { NoncurrentDays: 35, NewerNoncurrentVersions: 12 } }),
      [daily],
    ],
    ['no newest versions', withDaily({ NoncurrentVersionExpiration: { NoncurrentDays: 35 } }), [daily]],
    ['no expiration at all', withDaily({ NoncurrentVersionExpiration: undefined }), [daily]],
    ['current versions that expire', withDaily({ Expiration: { Days: 10 } }), [daily]],
    [
      'current versions that expire on a day',
      withDaily({ Expiration: { Date: new Date(0), ExpiredObjectDeleteMarker: true } }),
      [daily],
    ],
    ['current versions that move', withDaily({ Transitions: [{ Days: 1 }] }), [daily]],
    [
      'old versions that move',
      withDaily({ NoncurrentVersionTransitions: [{ StorageClass: 'GLACIER', NoncurrentDays: 1 }] }),
      [daily],
    ],
    ['uploads that are never abandoned', withDaily({ AbortIncompleteMultipartUpload: undefined }), [daily]],
    [
      'a second rule of the same prefix',
      {
        lifecycleRules: [
          ...asDeployed.lifecycleRules,
          { ID: 'x', Prefix: 'daily/', Status: 'Enabled', Expiration: { Days: 1 } },
        ],
      },
      [daily],
    ],
    [
      'a rule for everything',
      {
        lifecycleRules: [
          ...asDeployed.lifecycleRules,
          { ID: 'all', Filter: {}, Status: 'Enabled', Expiration: { Days: 1 } },
        ],
      },
      ['lifecycle rule all'],
    ],
    [
      'a rule for one tenant',
      {
        lifecycleRules: [
          ...asDeployed.lifecycleRules,
          { ID: 'one', Filter: { Prefix: 'daily/acme' }, Status: 'Enabled', Expiration: { Days: 1 } },
        ],
      },
      ['lifecycle rule one'],
    ],
    [
      'no Object Lock, without which there are no holds',
      { objectLock: { enabled: false, defaultRetention: null } },
      ['Object Lock'],
    ],
    [
      'a default lock',
      { objectLock: { enabled: true, defaultRetention: { Mode: 'COMPLIANCE', Days: 400 } } },
      ['Object Lock default'],
    ],
    [
      'one public access block off',
      { publicAccessBlock: { ...asDeployed.publicAccessBlock, BlockPublicPolicy: false } },
      ['public access: BlockPublicPolicy'],
    ],
    ['no policy', { policy: null }, ['bucket policy: requests without TLS', ...deletions]],
    ['deletions allowed', withPolicy(noPlainHttp), deletions],
    [
      'deletions denied to one role',
      withPolicy(noPlainHttp, { ...noDeletion, Principal: { AWS: 'arn:aws:iam::1:role/x' } }),
      deletions,
    ],
    [
      'deletions denied at times',
      withPolicy(noPlainHttp, { ...noDeletion, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      deletions,
    ],
    [
      'deletions denied in one tier',
      withPolicy(noPlainHttp, { ...noDeletion, Resource: 'arn:aws:s3:::vault/daily/*' }),
      deletions,
    ],
    [
      'deletions denied elsewhere',
      withPolicy(noPlainHttp, { ...noDeletion, Resource: 'arn:aws:s3:::ledger/*' }),
      deletions,
    ],
    [
      'deletions allowed by that statement',
      withPolicy(noPlainHttp, { ...noDeletion, Effect: 'Allow' }),
      deletions,
    ],
    [
      'deletions of versions allowed',
      withPolicy(noPlainHttp, { ...noDeletion, Action: 's3:DeleteObject' }),
      ['bucket policy: s3:DeleteObjectVersion'],
    ],
    ['plain HTTP allowed', withPolicy(noDeletion), ['bucket policy: requests without TLS']],
  ])('finds %s', (_, change, settings) => {
    const differences = compareBucket(policy, 'vault', { ...asDeployed, ...change });
    expect(differences.map(({ setting }) => setting)).toEqual(settings);
    for (const { expected, found } of differences) expect(found).not.toBe(expected);
  });

  it('does not ask a vault for trials to refuse deletions', () => {
    const trial = policyOf({ removal: 'destroy' });
    expect(compareBucket(trial, 'vault', { ...asDeployed, policy: { Statement: noPlainHttp } })).toEqual([]);
  });

  it('says both in words', () => {
    const [difference] = compareBucket(policy, 'vault', {
      ...asDeployed,
      ...withDaily({ Expiration: { Days: 10 } }),
    });
    expect(difference).toEqual({
      setting: daily,
      expected:
        'old versions expire after 35 days, except the newest 13; abandoned uploads expire after 1 days',
      found:
        'old versions expire after 35 days, except the newest 13; delete markers stay; abandoned uploads expire after 1 days; current versions expire after 10 days',
    });
  });
});
