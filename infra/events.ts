import { Stack } from 'aws-cdk-lib';
import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { runbook } from './alarms.ts';

type NamedBucket = Pick<IBucket, 'bucketName'>;

export interface EventsProps {
  /** Name of the deployment, with which the names of the rules begin. */
  readonly name: string;
  readonly topic: ITopic;
  readonly vault: NamedBucket;
  /** The ledger, and the bucket of access logs. */
  readonly records: readonly NamedBucket[];
  /** ARNs of the keys that the deployment made. */
  readonly keyArns: readonly string[];
  /** Beginning of the names of the aliases of all backup keys. */
  readonly aliasPrefix: string;
  /** Beginning of the names of the enrolments' secrets. */
  readonly enrolmentPrefix: string;
}

/** Calls that make a key useless or weaker, or let others use it.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html */
const KEY_CALLS = [
  'CreateGrant',
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'DisableKeyRotation',
  // Also lengthens the period.
  'EnableKeyRotation',
  'ImportKeyMaterial',
  'PutKeyPolicy',
  'ReplicateKey',
  'ScheduleKeyDeletion',
  // Policies grant by tags: the key administrator's is one of them.
  'TagResource',
  'UntagResource',
  'UpdatePrimaryRegion',
];
/** Calls that add or remove a backup key. */
const ALIAS_CALLS = ['CreateAlias', 'UpdateAlias', 'DeleteAlias'];

/** Every call that changes a setting of a bucket, by its name in CloudTrail, which for some calls is not that of the API.
 * Calls for objects begin with `PutObject` and `DeleteObject`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html */
const BUCKET_CALLS = [
  { prefix: 'PutBucket' },
  { prefix: 'DeleteBucket' },
  'PutObjectLockConfiguration',
  'PutPublicAccessBlock',
  'DeletePublicAccessBlock',
];

/** Calls that keep messages from their receivers, or let others publish or receive them. A deleted topic delivers nothing.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-logging-using-cloudtrail.html */
const TOPIC_CALLS = [
  'AddPermission',
  'DeleteTopic',
  'PutDataProtectionPolicy',
  'RemovePermission',
  'SetSubscriptionAttributes',
  'SetTopicAttributes',
  'Subscribe',
  'Unsubscribe',
];

/** Calls that change an enrolment, or who may read it.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
const ENROLMENT_CALLS = [
  'CancelRotateSecret',
  'DeleteResourcePolicy',
  'DeleteSecret',
  'PutResourcePolicy',
  'PutSecretValue',
  'RemoveRegionsFromReplication',
  'ReplicateSecretToRegions',
  'RotateSecret',
  'StopReplicationToReplica',
  // The schedule is a tag.
  'TagResource',
  'UntagResource',
  'UpdateSecret',
  'UpdateSecretVersionStage',
];

/** Calls that stop or move a schedule.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/logging-using-cloudtrail.html */
const SCHEDULE_CALLS = ['DeleteSchedule', 'DeleteScheduleGroup', 'UpdateSchedule'];

const CLOUDTRAIL = 'AWS API Call via CloudTrail';

/**
 * Reports single calls against keys, enrolments, schedules, buckets and the topic within minutes, with the caller; the audit reports their results.
 * Keys that operators added are known by their aliases only. S3 reports deletions itself; all others need a trail of
 * CloudTrail. A deployment is such a call too, by the role of CloudFormation.
 */
export class Events extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name: deployment, topic, vault, records, keyArns, aliasPrefix, enrolmentPrefix }: EventsProps,
  ) {
    super(scope, id);
    const caller = EventField.fromPath('$.detail.userIdentity.arn');
    const call = EventField.fromPath('$.detail.eventName');
    const at = EventField.fromPath('$.time');
    const addRule = (
      name: string,
      what: string,
      section: string,
      pattern: EventPattern,
      text: string,
    ): void => {
      new Rule(this, name, {
        ruleName: `${deployment}-${name}`,
        description: `${what}: ${runbook(section)}`,
        eventPattern: pattern,
        targets: [
          new SnsTopic(topic, {
            message: RuleTargetInput.fromText(
              `${deployment}: ${what}. ${text} What to do: ${runbook(section)}`,
            ),
          }),
        ],
      });
    };
    addRule(
      'KeyChanged',
      'A key of the deployment was changed',
      'a-key-is-in-danger',
      {
        source: ['aws.kms'],
        detailType: [CLOUDTRAIL],
        detail: { eventName: KEY_CALLS, resources: { ARN: [...keyArns] } },
      },
      `${call} by ${caller} at ${at}.`,
    );
    addRule(
      'KeyAliasChanged',
      'An alias of a backup key was created, moved or deleted',
      'a-key-is-in-danger',
      {
        source: ['aws.kms'],
        detailType: [CLOUDTRAIL],
        detail: {
          eventName: ALIAS_CALLS,
          requestParameters: { aliasName: [{ prefix: aliasPrefix }] },
        },
      },
      `${call} of ${EventField.fromPath('$.detail.requestParameters.aliasName')} by ${caller} at ${at}.`,
    );
    const { partition, region, account } = Stack.of(this);
    addRule(
      'EnrolmentChanged',
      'An enrolment was changed or deleted',
      'an-enrolment-or-its-keys-changed',
      {
        source: ['aws.secretsmanager'],
        detailType: [CLOUDTRAIL],
        detail: {
          eventName: ENROLMENT_CALLS,
          requestParameters: {
            secretId: ['', `arn:${partition}:secretsmanager:${region}:${account}:secret:`].map((before) => ({
              prefix: `${before}${enrolmentPrefix}`,
            })),
          },
        },
      },
      `${call} of ${EventField.fromPath('$.detail.requestParameters.secretId')} by ${caller} at ${at}.`,
    );
    const groups = ['', '-audit', '-drill'].map((suffix) => `${deployment}${suffix}`);
    addRule(
      'ScheduleChanged',
      'A schedule of the deployment was changed or deleted',
      'an-enrolment-or-its-keys-changed',
      {
        source: ['aws.scheduler'],
        detailType: [CLOUDTRAIL],
        detail: {
          eventName: SCHEDULE_CALLS,
          // A deleted group has its name in the place of a schedule's.
          $or: [{ requestParameters: { groupName: groups } }, { requestParameters: { name: groups } }],
        },
      },
      `${call} of ${EventField.fromPath('$.detail.requestParameters.name')} by ${caller} at ${at}.`,
    );
    const addBucketRule = (name: string, what: string, buckets: readonly NamedBucket[]): void =>
      addRule(
        name,
        what,
        'the-vaults-rules-changed',
        {
          source: ['aws.s3'],
          detailType: [CLOUDTRAIL],
          detail: {
            eventName: BUCKET_CALLS,
            requestParameters: { bucketName: buckets.map(({ bucketName }) => bucketName) },
          },
        },
        `${call} of ${EventField.fromPath('$.detail.requestParameters.bucketName')} by ${caller} at ${at}.`,
      );
    addBucketRule('VaultSettingsChanged', 'The settings of the vault were changed', [vault]);
    addBucketRule('RecordSettingsChanged', 'The settings of ledger or access log were changed', records);
    addRule(
      'AlarmTopicChanged',
      'The topic of alarms, or a subscription, was changed',
      'the-alarm-topic-changed',
      {
        source: ['aws.sns'],
        detailType: [CLOUDTRAIL],
        detail: {
          eventName: TOPIC_CALLS,
          $or: [
            { requestParameters: { topicArn: [topic.topicArn] } },
            { requestParameters: { resourceArn: [topic.topicArn] } },
            { requestParameters: { subscriptionArn: [{ prefix: `${topic.topicArn}:` }] } },
          ],
        },
      },
      `${call} by ${caller} at ${at}.`,
    );
    addRule(
      'BackupDeleted',
      'An object of the vault was deleted',
      'a-backup-is-broken-or-gone',
      {
        source: ['aws.s3'],
        detailType: ['Object Deleted'],
        // Deletions by the lifecycle have another reason.
        detail: { bucket: { name: [vault.bucketName] }, reason: ['DeleteObject'] },
      },
      `${EventField.fromPath('$.detail.object.key')}, ${EventField.fromPath('$.detail.deletion-type')}, by ${EventField.fromPath('$.detail.requester')} at ${at}.`,
    );
  }
}
