import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, Grant, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FUNCTION_TAGS, TIERS, type Tier } from '../functions/runtime/names.ts';
import type { RetentionPolicy } from '../functions/vault/retention/retention-policy.ts';
import { type TierRule, tierRules } from '../functions/vault/retention/retention-rules.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface VaultProps {
  /** How long each tier keeps its backups, and what protects them. */
  readonly retention: RetentionPolicy;
  /** Receives a record of each read. */
  readonly accessLog: IBucket;
  /** What happens to the bucket and its policy when they leave the stack, or are replaced. */
  readonly removalPolicy: RemovalPolicy;
}

const SETTINGS_ACTIONS = [
  's3:GetBucketObjectLockConfiguration',
  's3:GetBucketPolicy',
  's3:GetBucketPublicAccessBlock',
  's3:GetBucketVersioning',
  's3:GetLifecycleConfiguration',
];

/**
 * The bucket of archives: one key per tier and tenant, and each backup is a new version of it. S3 expires versions, so no
 * function needs the right to delete.
 */
export class Vault extends Construct {
  readonly bucket: Bucket;
  private readonly retention: RetentionPolicy;

  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    this.retention = props.retention;
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      // Locks nothing by itself: each request that stores a version sets its lock, as tiers differ, and operators place holds.
      // S3 never switches it off again; from the beginning, no version lacks it.
      objectLockEnabled: true,
      // Parts arrive sealed. A KMS key here adds no secrecy, but its loss would lose every backup. And a multipart upload
      // under it needs kms:Decrypt, which the backup function must not have.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: props.accessLog,
      serverAccessLogsPrefix: 'vault/',
      lifecycleRules: tierRules(props.retention).map(lifecycleRule),
      removalPolicy: props.removalPolicy,
    });
    if (props.retention.onlyLifecycleDeletes) this.denyDeletion();
    // Without its policy, a bucket that stays would lose its versions to anyone with the right to delete.
    this.bucket.policy?.applyRemovalPolicy(props.removalPolicy);
    this.sendEvents();
  }

  /** Makes S3 send events of objects to EventBridge. The property of the CDK's bucket would add a function with rights of its
   * own to the stack. */
  private sendEvents(): void {
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }

  /**
   * Lets the lifecycle alone delete; bucket policies do not bind it. The policy refuses plain deletes as well: behind a
   * delete marker the newest backup begins to expire. An operator who must delete changes this policy first, which
   * CloudTrail records.
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
   */
  private denyDeletion(): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyTheLifecycleDeletes',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
        resources: [this.bucket.arnForObjects('*')],
      }),
    );
  }

  /** Allows new versions in these tiers, with their tags, and not with the mark of an upload. A write replaces nothing, as it adds
   * a version.
   * @param tenant limits the grant to one tenant @default - all tenants */
  grantAddBackups(role: Role, tiers: readonly Tier[], tenant?: string): void {
    for (const tier of tiers) {
      const archives =
        tenant === undefined ? this.archivesOf(tier) : this.bucket.arnForObjects(`${tier}/${tenant}.tar`);
      const grant = { grantee: role, resourceArns: [archives] };
      Grant.addToPrincipal({
        ...grant,
        // The function aborts a failed upload in pieces, unless its time is over: then the lifecycle does, a day later.
        actions: ['s3:AbortMultipartUpload', ...(this.locks(tier) ? ['s3:PutObjectRetention'] : [])],
      });
      Grant.addToPrincipal({
        ...grant,
        actions: ['s3:PutObject', 's3:PutObjectTagging'],
        conditions: { 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': FUNCTION_TAGS } },
      });
      if (tenant !== undefined) continue;
      acknowledgeWildcard(
        role,
        archives,
        `Tenants are enrolled without deployment, so their keys below ${tier}/ are not known here.`,
      );
    }
  }

  /** Allows listing backups with their tags (the scheduled time), and reading no content. */
  grantListBackups(role: Role): void {
    this.grantOnBucket(role, 's3:ListBucketVersions');
    this.grantOnAllArchives(role, ['s3:GetObjectVersionTagging']);
  }

  /** Allows reading archives, old versions included. Their parts stay sealed. */
  grantReadBackups(role: Role): void {
    this.grantListBackups(role);
    this.grantOnAllArchives(role, ['s3:GetObject', 's3:GetObjectVersion']);
    // Without it S3 answers 403 for an archive that does not exist.
    this.grantOnBucket(role, 's3:ListBucket');
  }

  /** Allows reading the settings that decide how long versions stay. */
  grantReadSettings(role: Role): void {
    for (const action of SETTINGS_ACTIONS) this.grantOnBucket(role, action);
  }

  private locks(tier: Tier): boolean {
    return (this.retention.objectLock?.days[tier] ?? 0) > 0;
  }

  private grantOnBucket(role: Role, action: string): void {
    Grant.addToPrincipal({ grantee: role, actions: [action], resourceArns: [this.bucket.bucketArn] });
  }

  private grantOnAllArchives(role: Role, actions: string[]): void {
    for (const tier of TIERS) {
      const archives = this.archivesOf(tier);
      Grant.addToPrincipal({ grantee: role, actions, resourceArns: [archives] });
      acknowledgeWildcard(
        role,
        archives,
        `Tenants are enrolled without deployment, so their keys below ${tier}/ are not known here.`,
      );
    }
  }

  private archivesOf(tier: Tier): string {
    return this.bucket.arnForObjects(`${tier}/*`);
  }
}

/** Returns a tier's rule as the CDK takes it. */
const lifecycleRule = (rule: TierRule): LifecycleRule => ({
  id: rule.id,
  prefix: rule.prefix,
  noncurrentVersionExpiration: Duration.days(rule.noncurrentDays),
  // S3 refuses a zero here; without the field it keeps the current version alone.
  ...(rule.newerNoncurrentVersions > 0 && { noncurrentVersionsToRetain: rule.newerNoncurrentVersions }),
  ...(rule.transitions.length > 0 && {
    noncurrentVersionTransitions: rule.transitions.map(({ storageClass, days }) => ({
      storageClass: new StorageClass(storageClass),
      transitionAfter: Duration.days(days),
    })),
  }),
  expiredObjectDeleteMarker: rule.expiredObjectDeleteMarker,
  abortIncompleteMultipartUploadAfter: Duration.days(rule.abortUploadsAfterDays),
});
