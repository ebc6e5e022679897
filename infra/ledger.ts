import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { LedgerKind } from '../functions/runtime/names.ts';
import { acknowledgeControl, acknowledgeWildcard } from './acknowledge.ts';
import { LedgerKeys } from './ledger-keys.ts';

export interface LedgerProps {
  /** Name of the deployment. */
  readonly name: string;
  /** See `LedgerKeys`. */
  readonly scratch?: string | undefined;
  /** Days after which an entry expires. */
  readonly retentionDays: number;
  /** Receives a record of each read and write. */
  readonly accessLog: IBucket;
  /** What happens to the bucket and its policy when they leave the stack, or are replaced. */
  readonly removalPolicy: RemovalPolicy;
}

/** Beginning of keys: the kind, and for operations also the tenant. */
type LedgerPrefix = LedgerKind | 'locks' | `operations/${string}`;

const WHY_ALL_ENTRIES = 'Entries are named after operations and tenants, which are not known here.';

/** Returns the rule of entries whose use is short. Entries of no more than two weeks can be listed by tenant in one page. */
const expireEarly = (kind: LedgerKind, days: number): LifecycleRule => ({
  id: kind,
  prefix: `${kind}/`,
  expiration: Duration.days(days),
});

/** The bucket of operations, plans, locks and reports: small JSON without secrets, which expires. Each function writes its
 * own kinds of entries alone, and signs those that others believe, so that the right to put objects here forges none of them. */
export class Ledger extends Construct {
  readonly bucket: Bucket;
  readonly keys: LedgerKeys;

  constructor(scope: Construct, id: string, props: LedgerProps) {
    super(scope, id);
    this.keys = new LedgerKeys(this, 'Keys', props);
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
        // A claim ends within minutes.
        expireEarly('claims', 1),
        // The queue keeps a request for four days.
        expireEarly('requests', 14),
        expireEarly('tries', 14),
      ],
      removalPolicy: props.removalPolicy,
    });
    this.bucket.policy?.applyRemovalPolicy(props.removalPolicy);
    acknowledgeControl(
      this,
      'S3BucketVersioningEnabled',
      'Entries are small and expire, and each kind has one writer. Readers trust none of them because it lies there.',
    );
  }

  /** Allows claiming requests for backups and recording their results, and reading no entry but checks of unchanged tenants. */
  grantOutcomes(role: Role): void {
    this.grantOnKinds(role, 's3:PutObject', ['tries', 'failures', 'forwards', 'claims', 'checks']);
    this.grantOnKinds(role, 's3:GetObject', ['checks']);
  }

  /** Allows recording requests for backups, and reading no entry. */
  grantRequests(role: Role): void {
    this.grantOnKinds(role, 's3:PutObject', ['requests']);
  }

  /** Allows writing plans, and reading no entry. */
  grantWritePlans(role: Role): void {
    this.grantOnKinds(role, 's3:PutObject', ['plans']);
    this.keys.grantSign(role, 'plan');
  }

  /** Allows writing and reading the records and locks of restores, and reading plans and records of probes. */
  grantOperations(role: Role): void {
    this.grantOnKinds(role, 's3:PutObject', ['operations', 'locks']);
    this.grantOnKinds(role, 's3:GetObject', ['operations', 'locks', 'plans', 'probes']);
    this.grantList(role);
    this.keys.grantSign(role, 'restore');
    this.keys.grantVerify(role, ['restore', 'plan', 'drill']);
  }

  /** Allows reading the records of backups, and the records and locks of restores. */
  grantReadProgress(role: Role): void {
    this.grantOnKinds(role, 's3:GetObject', [
      'operations',
      'locks',
      'requests',
      'tries',
      'failures',
      'checks',
      'forwards',
    ]);
    this.grantList(role);
    this.keys.grantVerify(role, ['restore', 'drill']);
  }

  /** Allows writing and reading the audit's reports, and reading the records of backups, restores and drills. */
  grantReports(role: Role): void {
    this.grantOnKinds(role, 's3:PutObject', ['reports']);
    this.grantOnKinds(role, 's3:GetObject', ['reports', 'failures', 'checks', 'operations', 'drills']);
    this.grantList(role);
    this.keys.grantSign(role, 'audit');
    this.keys.grantVerify(role, ['audit', 'restore', 'drill']);
  }

  /** Allows writing the records of drills, writing and reading those of probes, and the records and the lock of restores into one
   * tenant. */
  grantDrills(role: Role, into: string): void {
    const lock = this.bucket.arnForObjects(`locks/${into}.json`);
    this.grantOnKinds(role, 's3:PutObject', ['drills', 'probes', `operations/${into}`]);
    this.grantOnKinds(role, 's3:GetObject', ['probes', `operations/${into}`]);
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:PutObject', 's3:GetObject'],
      resourceArns: [lock],
    });
    this.grantList(role);
    this.keys.grantSign(role, 'drill');
    this.keys.grantVerify(role, ['drill', 'restore']);
  }

  /** Allows reading the audit's reports. */
  grantReadReports(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject'],
      resourceArns: [this.bucket.arnForObjects('reports/*')],
    });
  }

  /** Without it, S3 answers 403 for an entry that does not exist. */
  private grantList(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
    });
  }

  private grantOnKinds(role: Role, action: string, kinds: readonly LedgerPrefix[]): void {
    const entries = kinds.map((kind) => this.bucket.arnForObjects(`${kind}/*`));
    Grant.addToPrincipal({ grantee: role, actions: [action], resourceArns: entries });
    for (const arn of entries) acknowledgeWildcard(role, arn, WHY_ALL_ENTRIES);
  }
}
