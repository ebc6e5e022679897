import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface BackupQueueProps {
  /** Timeout of the function that works on the queue. */
  readonly workTimeout: Duration;
  /** How often a message is received before it goes to the dead-letter queue. */
  readonly maxReceiveCount: number;
  /** Names of the further lanes. */
  readonly lanes: readonly string[];
  /** What happens to the queues when they leave the stack, or are replaced. */
  readonly removalPolicy: RemovalPolicy;
}

/** The longest that SQS keeps a message: two weekends to notice a failed backup. */
const FAILURE_RETENTION = Duration.days(14);

/** Requests for backups, one tenant each, in a queue for each lane, and where those end up that failed. Messages hold names
 * and times only. */
export class BackupQueue extends Construct {
  /** Of tenants that name no lane. */
  readonly queue: Queue;
  /** Queues of the further lanes, by name. */
  readonly lanes: ReadonlyMap<string, Queue>;
  /** Requests that failed for good, with the reason. */
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: BackupQueueProps) {
    super(scope, id);
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: FAILURE_RETENTION,
      removalPolicy: props.removalPolicy,
    });
    this.queue = this.createQueue('Queue', props);
    this.lanes = new Map(props.lanes.map((name) => [name, this.createQueue(`Lane-${name}`, props)]));
  }

  private createQueue(id: string, props: BackupQueueProps): Queue {
    return new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // A nightly request that is still here after four days has been overtaken by others.
      retentionPeriod: Duration.days(4),
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times.
      visibilityTimeout: Duration.seconds(props.workTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount },
      removalPolicy: props.removalPolicy,
    });
  }

  /** Allow asking for backups: dispatch does, and the backup function itself, which alone reads enrolments and so knows that
   * one of them stands for all tenants of a deployment. */
  grantRequestBackups(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue, ...this.lanes.values()].map(({ queueArn }) => queueArn),
    });
  }

  /**
   * Allow setting aside requests that failed for good, with the reason. What working on the queue needs is
   * granted by the event source; it includes bringing a failed request's return forward.
   */
  grantSetAside(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.deadLetterQueue.queueArn],
    });
  }
}
