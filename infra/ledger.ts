import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';

export interface LedgerProps {
  /** Days after which an entry expires. */
  readonly retentionDays: number;
  /** Receives the record of who read and wrote entries. */
  readonly accessLog: IBucket;
  /** What happens to the bucket when it leaves the stack, or is replaced. */
  readonly removalPolicy: RemovalPolicy;
}

const WHY_ALL_ENTRIES = 'Entries are named after operations and tenants, which are not known here.';

/** The bucket of operations, plans, locks and reports: small JSON without secrets, which expires. */
export class Ledger extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: LedgerProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: props.accessLog,
      serverAccessLogsPrefix: 'ledger/',
      lifecycleRules: [
        {
          id: 'entries',
          expiration: Duration.days(props.retentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: props.removalPolicy,
    });
  }

  /** Allow writing entries, without reading them. */
  grantWriteEntries(role: Role): void {
    this.grantOnEntries(role, 's3:PutObject');
  }

  /** Allow reading entries, and learning that one does not exist. */
  grantReadEntries(role: Role): void {
    this.grantOnEntries(role, 's3:GetObject');
    // Without it S3 answers 403 for an entry that does not exist.
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
    });
  }

  /** Allow writing plans, and no other entries. */
  grantWritePlans(role: Role): void {
    this.grantOnEntries(role, 's3:PutObject', 'plans/*');
  }

  /** Allow writing the audit's reports, and reading them and what others have written down about backups. */
  grantReports(role: Role): void {
    this.grantOnKinds(role, 's3:PutObject', ['reports']);
    this.grantOnKinds(role, 's3:GetObject', ['reports', 'failures', 'operations', 'drills']);
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
    });
  }

  /** Allow keeping the records of drills, and those of restores into one tenant with its lock. */
  grantDrills(role: Role, into: string): void {
    const lock = this.bucket.arnForObjects(`locks/${into}.json`);
    this.grantOnKinds(role, 's3:PutObject', ['drills', `operations/${into}`]);
    this.grantOnKinds(role, 's3:GetObject', [`operations/${into}`]);
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:PutObject', 's3:GetObject'],
      resourceArns: [lock],
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
    });
  }

  private grantOnKinds(role: Role, action: string, kinds: readonly string[]): void {
    const entries = kinds.map((kind) => this.bucket.arnForObjects(`${kind}/*`));
    Grant.addToPrincipal({ grantee: role, actions: [action], resourceArns: entries });
    for (const arn of entries) acknowledgeWildcard(role, arn, WHY_ALL_ENTRIES);
  }

  private grantOnEntries(role: Role, action: string, keys = '*'): void {
    const entries = this.bucket.arnForObjects(keys);
    Grant.addToPrincipal({ grantee: role, actions: [action], resourceArns: [entries] });
    acknowledgeWildcard(role, entries, WHY_ALL_ENTRIES);
  }
}
