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
import { TIERS, type Tier } from '../functions/runtime/names.ts';
import type { RetentionPolicy } from '../functions/vault/retention/retention-policy.ts';
import { type TierRule, tierRules } from '../functions/vault/retention/retention-rules.ts';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface VaultProps {
  /** How long each tier keeps its backups, and who may delete them. */
  readonly retention: RetentionPolicy;
  /** Receives the record of who read which archive. */
  readonly accessLog: IBucket;
  /** What happens to the bucket when it leaves the stack, or is replaced. */
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
 * The bucket of archives. One key per tier and tenant, and every backup is a new version of it, so that keeping
 * and expiring is S3's work and no function needs the right to delete.
 */
export class Vault extends Construct {
  readonly bucket: Bucket;
  private readonly retention: RetentionPolicy;

  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    this.retention = props.retention;
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      // Parts are sealed before they arrive. A third KMS key here would add no secrecy, but one more key whose
      // loss is the loss of everything; and a multipart upload under it would need kms:Decrypt, which the
      // backup function must not have.
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
    if (props.retention.objectLock) this.enableObjectLock();
    this.tellOfDeletions();
  }

  /** Let S3 tell EventBridge what happens to objects. Not by the property of the CDK's own bucket: that would bring a
   * function with rights of its own into the stack. */
  private tellOfDeletions(): void {
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }

  /**
   * Let versions be locked; each is locked by the request that stores it, as tiers differ. Not by the property
   * `ObjectLockEnabled`: CloudFormation would replace a vault that exists by an empty one. Once on it stays on.
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
   */
  private enableObjectLock(): void {
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.objectLockConfiguration = { objectLockEnabled: 'Enabled' };
  }

  /**
   * Nobody deletes but the lifecycle, which bucket policies do not bind. Plain deletes are refused as well:
   * a delete marker takes the place of the current version, and the newest backup would then begin to expire.
   * Whoever must delete has to change this policy first, which is an act of its own and leaves its own trace.
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

  /** Allow new versions in these tiers, with their tags. Nothing is replaced, as every write is a new version.
   * @param tenant whose alone @default - of all tenants */
  grantAddBackups(role: Role, tiers: readonly Tier[], tenant?: string): void {
    for (const tier of tiers) {
      const archives =
        tenant === undefined ? this.archivesOf(tier) : this.bucket.arnForObjects(`${tier}/${tenant}.tar`);
      Grant.addToPrincipal({
        grantee: role,
        // An upload in pieces that fails is abandoned, so that its pieces are not paid for until they expire.
        actions: [
          's3:PutObject',
          's3:PutObjectTagging',
          's3:AbortMultipartUpload',
          ...(this.locks(tier) ? ['s3:PutObjectRetention'] : []),
        ],
        resourceArns: [archives],
      });
      if (tenant !== undefined) continue;
      acknowledgeWildcard(
        role,
        archives,
        `Tenants are enrolled without deployment, so their keys below ${tier}/ are not known here.`,
      );
    }
  }

  /** Allow listing which backups exist, with their tags (the scheduled time). No content becomes readable. */
  grantListBackups(role: Role): void {
    this.grantOnBucket(role, 's3:ListBucketVersions');
    this.grantOnAllArchives(role, ['s3:GetObjectVersionTagging']);
  }

  /** Allow reading archives, old versions included. What is in them stays sealed. */
  grantReadBackups(role: Role): void {
    this.grantListBackups(role);
    this.grantOnAllArchives(role, ['s3:GetObject', 's3:GetObjectVersion']);
    // Without it S3 answers 403 for an archive that does not exist.
    this.grantOnBucket(role, 's3:ListBucket');
  }

  /** Allow reading the settings that decide what becomes of versions. */
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

/** A tier's rule in the words of the CDK. */
const lifecycleRule = (rule: TierRule): LifecycleRule => ({
  id: rule.id,
  prefix: rule.prefix,
  noncurrentVersionExpiration: Duration.days(rule.noncurrentDays),
  // S3 takes no zero here: without it, the current version is all that stays.
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
