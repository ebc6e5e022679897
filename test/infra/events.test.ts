import { readFileSync } from 'node:fs';
import * as kms from '@aws-sdk/client-kms';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as sns from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { textOf } from './metrics-asked-for.ts';
import { logicalId, propertiesOf, resourcesOf, synthesize } from './synthesize.ts';

const template = synthesize();
const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule')).map(({ Properties }) => ({
  name: String(Properties['Name']).replace('TenantBackup-', ''),
  description: String(Properties['Description']),
  state: Properties['State'],
  targets: Properties['Targets'] as { Arn: unknown }[],
  pattern: resolved(Properties['EventPattern']) as Pattern,
}));

type Pattern = { readonly [field: string]: Pattern | readonly (string | { prefix: string })[] };
type Event = { readonly [field: string]: unknown };

/** Resolves references in a pattern as `textOf` does. */
function resolved(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(resolved);
  if (/^(Ref|Fn::)/.test(Object.keys(value)[0] ?? '')) return textOf(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolved(inner)]));
}

/** Matches as EventBridge does, for the comparisons that the stack uses.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
function matches(pattern: Pattern, event: Event): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return (wanted as unknown as Pattern[]).some((each) => matches(each, event));
    const found = event[field];
    if (!Array.isArray(wanted)) {
      const inner = [found].flat().filter((each): each is Event => typeof each === 'object' && each !== null);
      return inner.some((each) => matches(wanted as Pattern, each));
    }
    return [found]
      .flat()
      .some((value) =>
        wanted.some((each) =>
          typeof each === 'string' ? each === value : String(value ?? '').startsWith(each.prefix),
        ),
      );
  });
}

const rulesFor = (source: string, detail: Event): string[] =>
  rules
    .filter(({ pattern }) =>
      matches(pattern, { source, 'detail-type': 'AWS API Call via CloudTrail', detail }),
    )
    .map(({ name }) => name);

/** Commands of an SDK that change something. */
const changes = (client: object): string[] =>
  Object.keys(client)
    .filter((name) => name.endsWith('Command') && !/^(\$|Get|List|Describe|Head)/.test(name))
    .map((name) => name.replace(/Command$/, ''));

const arn = (id: string): string => `GetAtt:${id}.Arn`;
const name = (id: string): string => `Ref:${id}`;
const keys = Object.keys(resourcesOf(template, 'AWS::KMS::Key')).map(arn);
const vault = name(logicalId(template, 'AWS::S3::Bucket', 'Vault'));
const records = ['Ledger', 'AccessLog'].map((each) => name(logicalId(template, 'AWS::S3::Bucket', each)));
const topic = name(logicalId(template, 'AWS::SNS::Topic', 'AlarmTopic'));

describe('a call to KMS', () => {
  const ALIASES = ['CreateAlias', 'DeleteAlias', 'UpdateAlias'];
  /** Why a call needs no message. */
  const HARMLESS = [
    // Uses a key, which CloudTrail records and EventBridge delivers to no rule by default.
    ...['Decapsulate', 'Decrypt', 'DeriveSharedSecret', 'Encapsulate', 'Encrypt', 'GenerateDataKey'],
    ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext'],
    ...['GenerateMac', 'GenerateRandom', 'ReEncrypt', 'Sign', 'Verify', 'VerifyMac'],
    // Makes a key that is none of ours, or changes a store that holds none of ours.
    ...['ConnectCustomKeyStore', 'CreateCustomKeyStore', 'CreateKey', 'DeleteCustomKeyStore'],
    ...['DisconnectCustomKeyStore', 'UpdateCustomKeyStore'],
    // Protects, or takes rights away.
    ...['CancelKeyDeletion', 'EnableKey', 'RetireGrant', 'RevokeGrant'],
    // Weakens nothing.
    ...['RotateKeyOnDemand', 'UpdateKeyDescription'],
  ];

  it.each(keys)('that weakens %s or lets others in is reported', (ARN) => {
    const watched = changes(kms).filter((call) => ![...ALIASES, ...HARMLESS].includes(call));
    expect(watched.length).toBeGreaterThan(10);
    for (const eventName of watched) {
      const resources = [{ ARN: 'arn:aws:kms:::key/other' }, { ARN }];
      expect({ eventName, rules: rulesFor('aws.kms', { eventName, resources }) }).toEqual({
        eventName,
        rules: ['KeyChanged'],
      });
    }
  });

  it('of an alias of the deployment is reported, whatever its key', () => {
    for (const eventName of ALIASES) {
      const of = (aliasName: string) =>
        rulesFor('aws.kms', { eventName, requestParameters: { aliasName }, resources: [{ ARN: 'other' }] });
      expect(of('alias/TenantBackup/credentials/theirs')).toEqual(['KeyAliasChanged']);
      expect(of('alias/TenantBackup2/credentials')).toEqual([]);
    }
  });

  it('for another key, or without harm, is not', () => {
    for (const eventName of changes(kms)) {
      expect(rulesFor('aws.kms', { eventName, resources: [{ ARN: 'arn:aws:kms:::key/other' }] })).toEqual([]);
    }
    for (const eventName of HARMLESS) {
      expect(rulesFor('aws.kms', { eventName, resources: [{ ARN: keys[0] }] })).toEqual([]);
    }
  });
});

describe('a call to S3', () => {
  /** Names in CloudTrail, where they are not those of the API. */
  const IN_CLOUDTRAIL: Readonly<Record<string, string>> = {
    DeletePublicAccessBlock: 'DeleteBucketPublicAccessBlock',
    PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
    PutBucketNotificationConfiguration: 'PutBucketNotification',
    PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
    PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  };
  /** Calls for objects, and those that make a bucket or a table beside one. */
  const OTHER =
    /^(Abort|Complete|Copy|Create|Rename|Restore|Select|Update|Upload|Write|(Put|Delete)Object(?!LockConfiguration))/;
  const settings = changes(s3).filter((call) => !OTHER.test(call));

  it.each<[bucket: string, rule: string]>([
    [vault, 'VaultSettingsChanged'],
    ...records.map((record): [string, string] => [record, 'RecordSettingsChanged']),
  ])('that changes a setting of %s is reported by %s', (bucketName, rule) => {
    expect(settings.length).toBeGreaterThan(25);
    for (const call of settings.flatMap((each) => [each, IN_CLOUDTRAIL[each] ?? each])) {
      const found = rulesFor('aws.s3', { eventName: call, requestParameters: { bucketName } });
      expect({ call, found }).toEqual({ call, found: [rule] });
    }
  });

  it('for an object, or for another bucket, is not', () => {
    for (const eventName of changes(s3).filter((call) => OTHER.test(call))) {
      expect(rulesFor('aws.s3', { eventName, requestParameters: { bucketName: vault } })).toEqual([]);
    }
    for (const eventName of settings) {
      expect(rulesFor('aws.s3', { eventName, requestParameters: { bucketName: 'other' } })).toEqual([]);
    }
  });

  it('that deletes an object of the vault is reported by S3 itself, but not what the lifecycle deletes', () => {
    const deleted = (reason: string) =>
      rules
        .filter(({ pattern }) =>
          matches(pattern, {
            source: 'aws.s3',
            'detail-type': 'Object Deleted',
            detail: { bucket: { name: vault }, reason },
          }),
        )
        .map((rule) => rule.name);
    expect(deleted('DeleteObject')).toEqual(['BackupDeleted']);
    expect(deleted('Lifecycle Expiration')).toEqual([]);
  });
});

describe('a call to SNS', () => {
  /** Publishes, or concerns phones and other topics. */
  const OTHER =
    /^(Publish|CreateTopic|ConfirmSubscription|TagResource|UntagResource)|Phone|Platform|Endpoint|SMS/;
  const watched = changes(sns).filter((call) => !OTHER.test(call));

  it('that changes the topic or a subscription is reported', () => {
    expect(watched.length).toBeGreaterThan(6);
    for (const eventName of watched) {
      const parameters = /PutData/.test(eventName)
        ? { resourceArn: topic }
        : /^Unsub|Subscription/.test(eventName)
          ? { subscriptionArn: `${topic}:0d1f7c2a` }
          : { topicArn: topic };
      const found = rulesFor('aws.sns', { eventName, requestParameters: parameters });
      expect({ eventName, found }).toEqual({ eventName, found: ['AlarmTopicChanged'] });
    }
  });

  it('for another topic, or without harm, is not', () => {
    for (const eventName of changes(sns)) {
      const other = { topicArn: `${topic}-other`, subscriptionArn: `${topic}-other:1` };
      expect(rulesFor('aws.sns', { eventName, requestParameters: other })).toEqual([]);
    }
    expect(rulesFor('aws.sns', { eventName: 'Publish', requestParameters: { topicArn: topic } })).toEqual([]);
  });
});

describe('a call to Secrets Manager', () => {
  /** Reads, makes a new secret, or takes back what others did. */
  const HARMLESS = /^(BatchGet|Create|RestoreSecret|Validate)/;
  const watched = changes(secrets).filter((call) => !HARMLESS.test(call));
  const ARN =
    'arn:Ref:AWS::Partition:secretsmanager:Ref:AWS::Region:Ref:AWS::AccountId:secret:tenant-backup/tenants/acme-a1B2c3';
  const rulesOf = (eventName: string, secretId: string) =>
    rulesFor('aws.secretsmanager', { eventName, requestParameters: { secretId } });

  it('that changes an enrolment, or who may read it, is reported, by name and by ARN', () => {
    expect(watched.length).toBeGreaterThan(8);
    for (const eventName of watched) {
      for (const secretId of ['tenant-backup/tenants/acme', ARN]) {
        const found = rulesOf(eventName, secretId);
        expect({ eventName, secretId, found }).toEqual({ eventName, secretId, found: ['EnrolmentChanged'] });
      }
    }
  });

  it('for another secret, or without harm, is not', () => {
    for (const eventName of changes(secrets)) expect(rulesOf(eventName, 'payroll/database')).toEqual([]);
    expect(rulesOf('GetRandomPassword', 'tenant-backup/tenants/acme')).toEqual([]);
    expect(rulesOf('RestoreSecret', 'tenant-backup/tenants/acme')).toEqual([]);
  });
});

describe('a call to EventBridge Scheduler', () => {
  it.each(['TenantBackup', 'TenantBackup-audit', 'TenantBackup-drill'])(
    'that stops a schedule of %s is reported',
    (group) => {
      for (const [eventName, requestParameters] of [
        ['UpdateSchedule', { name: 'nightly', groupName: group }],
        ['DeleteSchedule', { name: 'nightly', groupName: group }],
        ['DeleteScheduleGroup', { name: group }],
      ] as const) {
        expect(rulesFor('aws.scheduler', { eventName, requestParameters })).toEqual(['ScheduleChanged']);
      }
    },
  );

  it('of another group, or without harm, is not', () => {
    for (const eventName of changes(scheduler)) {
      const other = { name: 'nightly', groupName: 'TenantBackup2' };
      expect(rulesFor('aws.scheduler', { eventName, requestParameters: other })).toEqual([]);
    }
    const own = { name: 'more', groupName: 'TenantBackup' };
    expect(rulesFor('aws.scheduler', { eventName: 'CreateSchedule', requestParameters: own })).toEqual([]);
  });
});

describe('every rule', () => {
  const sectionsIn = (text: string): string[] =>
    [...text.matchAll(/docs\/RUNBOOK\.md#([a-z0-9-]+)/g)].map(([, section = '']) => section);
  const headings = [
    ...readFileSync(new URL('../../docs/RUNBOOK.md', import.meta.url), 'utf8').matchAll(/^#+ (.*)$/gm),
  ].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );

  it.each(rules)('$name goes to the topic, with the section of the runbook', (rule) => {
    const { state, description, targets } = rule;
    expect(state).toBe('ENABLED');
    expect(headings).toContain(sectionsIn(description)[0]);
    expect(targets).toHaveLength(1);
    expect(targets[0]).toMatchObject({ Arn: { Ref: topic.replace('Ref:', '') } });
    expect(sectionsIn(JSON.stringify(targets[0]))).toEqual(sectionsIn(description));
  });

  /** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
  it.each(rules)('$name has a pattern that EventBridge accepts', ({ pattern }) => {
    // The longest ARNs and names of buckets are longer than the references here.
    expect(JSON.stringify(pattern).length).toBeLessThan(1_500);
  });

  it('of the vault is served without a function that the CDK would bring', () => {
    expect(propertiesOf(template, 'AWS::S3::Bucket', 'Vault')).toMatchObject({
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    expect(
      Object.keys(template.toJSON()['Resources']).filter((id) => id.startsWith('BucketNotificationsHandler')),
    ).toEqual([]);
  });
});
