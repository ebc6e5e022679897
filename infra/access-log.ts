import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeControl } from './acknowledge.ts';

export interface AccessLogProps {
  /** Days after which a record expires. */
  readonly retentionDays: number;
  /** What happens to the bucket and its policy when they leave the stack, or are replaced. */
  readonly removalPolicy: RemovalPolicy;
}

/** The bucket of server access logs, which record every read of an archive. */
export class AccessLog extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: AccessLogProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Bucket', {
      // S3 delivers access logs only to buckets with this encryption or none of their own.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [
        {
          id: 'records',
          expiration: Duration.days(props.retentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: props.removalPolicy,
    });
    bucket.policy?.applyRemovalPolicy(props.removalPolicy);
    // The class has `policy: T | undefined`, its interface `policy?: T`; with exactOptionalPropertyTypes they differ.
    this.bucket = bucket as IBucket;
    acknowledgeControl(
      this,
      'S3BucketVersioningEnabled',
      'S3 alone writes the records, each under a key of its own.',
    );
  }
}
