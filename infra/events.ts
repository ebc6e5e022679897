import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { runbook } from './alarms.ts';

export interface EventsProps {
  /** Name of the deployment, with which the names of the rules begin. */
  readonly name: string;
  readonly topic: ITopic;
  readonly vault: Bucket;
  /** ARNs of the keys that the deployment made. */
  readonly keyArns: readonly string[];
  /** Beginning of the names of the aliases of all backup keys. */
  readonly aliasPrefix: string;
}

/** Calls that make a key useless, or grant its use.
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
/** Calls that add or remove a backup key. */
const ALIAS_CALLS = ['CreateAlias', 'UpdateAlias', 'DeleteAlias'];

/** Calls that change the retention of versions, by their names in CloudTrail.
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
 * Reports single calls against keys and vault within minutes, with the caller; the audit reports their results. Keys that
 * operators added are known by their aliases only. S3 reports deletions itself; all others need a trail of CloudTrail.
 */
export class Events extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name: deployment, topic, vault, keyArns, aliasPrefix }: EventsProps,
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
      'A backup key was changed',
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
    addRule(
      'VaultSettingsChanged',
      'The settings of the vault were changed',
      'the-vaults-rules-changed',
      {
        source: ['aws.s3'],
        detailType: [CLOUDTRAIL],
        detail: { eventName: BUCKET_CALLS, requestParameters: { bucketName: [vault.bucketName] } },
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
