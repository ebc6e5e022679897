import { Stack } from 'aws-cdk-lib';
import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { runbook } from './alarms.ts';

export interface WatchEventsProps {
  readonly topic: ITopic;
  readonly vault: Bucket;
  /** ARNs of the keys that the stack made. */
  readonly keyArns: readonly string[];
  /** What the names of the aliases of all backup keys begin with. */
  readonly aliasPrefix: string;
}

/** Calls that make a key useless, or let somebody in.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html */
const KEY_CALLS = [
  'DisableKey',
  'ScheduleKeyDeletion',
  'DeleteImportedKeyMaterial',
  'PutKeyPolicy',
  'CreateGrant',
  'ReplicateKey',
  'DisableKeyRotation',
];
/** Calls that make a key a backup key, or one no more. */
const ALIAS_CALLS = ['CreateAlias', 'UpdateAlias', 'DeleteAlias'];

/** Calls that decide what becomes of versions, by the names that CloudTrail has for them.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html */
const BUCKET_CALLS = [
  'PutBucketLifecycle',
  'DeleteBucketLifecycle',
  'PutBucketVersioning',
  'PutBucketObjectLockConfiguration',
  'PutBucketPolicy',
  'DeleteBucketPolicy',
  'PutBucketPublicAccessBlock',
  'DeleteBucketPublicAccessBlock',
  'PutBucketReplication',
  'DeleteBucket',
];

const CLOUDTRAIL = 'AWS API Call via CloudTrail';

/**
 * Tells of single acts against keys and vault within minutes, with who did them; the audit tells of what has become of
 * it. Acts on keys that operators have added are known by their aliases only. CloudTrail has to be on for all but
 * deletions, which S3 tells by itself.
 */
export class WatchEvents extends Construct {
  constructor(scope: Construct, id: string, { topic, vault, keyArns, aliasPrefix }: WatchEventsProps) {
    super(scope, id);
    const who = EventField.fromPath('$.detail.userIdentity.arn');
    const call = EventField.fromPath('$.detail.eventName');
    const at = EventField.fromPath('$.time');
    const stack = Stack.of(this).stackName;
    const tell = (name: string, what: string, section: string, pattern: EventPattern, text: string): void => {
      new Rule(this, name, {
        ruleName: `${stack}-${name}`,
        description: `${what}: ${runbook(section)}`,
        eventPattern: pattern,
        targets: [
          new SnsTopic(topic, {
            message: RuleTargetInput.fromText(`${stack}: ${what}. ${text} What to do: ${runbook(section)}`),
          }),
        ],
      });
    };
    tell(
      'KeyTouched',
      'A key of the backups was touched',
      'a-key-is-in-danger',
      {
        source: ['aws.kms'],
        detailType: [CLOUDTRAIL],
        detail: { eventName: KEY_CALLS, resources: { ARN: [...keyArns] } },
      },
      `${call} by ${who} at ${at}.`,
    );
    tell(
      'KeyAliasTouched',
      'An alias that makes a key a backup key was made, moved or deleted',
      'a-key-is-in-danger',
      {
        source: ['aws.kms'],
        detailType: [CLOUDTRAIL],
        detail: {
          eventName: ALIAS_CALLS,
          requestParameters: { aliasName: [{ prefix: aliasPrefix }] },
        },
      },
      `${call} of ${EventField.fromPath('$.detail.requestParameters.aliasName')} by ${who} at ${at}.`,
    );
    tell(
      'VaultRulesTouched',
      'The rules of the vault were touched',
      'the-vaults-rules-changed',
      {
        source: ['aws.s3'],
        detailType: [CLOUDTRAIL],
        detail: { eventName: BUCKET_CALLS, requestParameters: { bucketName: [vault.bucketName] } },
      },
      `${call} by ${who} at ${at}.`,
    );
    tell(
      'BackupDeleted',
      'Somebody deleted from the vault',
      'a-backup-is-broken-or-gone',
      {
        source: ['aws.s3'],
        detailType: ['Object Deleted'],
        // The lifecycle's deletions say so, and are no news.
        detail: { bucket: { name: [vault.bucketName] }, reason: ['DeleteObject'] },
      },
      `${EventField.fromPath('$.detail.object.key')}, ${EventField.fromPath('$.detail.deletion-type')}, by ${EventField.fromPath('$.detail.requester')} at ${at}.`,
    );
  }
}
