import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EnvironmentName, receivesOf } from '../functions/runtime/names.ts';
import type { Settings } from './settings.ts';

export interface BackupQueueProps {
  readonly settings: Pick<Settings, 'backup' | 'lanes' | 'maxReceiveCount'>;
}

/** The longest that SQS keeps a message: two weekends to notice a failed backup. */
const FAILURE_RETENTION = Duration.days(14);

/** Requests for backups, one tenant each, in a queue for each lane, and a queue for those that failed for good. Messages
 * hold names and times only. */
export class BackupQueue extends Construct {
  /** Requests of tenants without a lane. */
  readonly queue: Queue;
  /** Queues of the further lanes, by name. */
  readonly lanes: ReadonlyMap<string, Queue>;
  /** Requests that failed for good, with the reason. */
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, { settings }: BackupQueueProps) {
    super(scope, id);
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: FAILURE_RETENTION,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.queue = this.createQueue('Queue', settings);
    this.lanes = new Map(
      settings.lanes.map(({ name }) => [name, this.createQueue(`Lane-${name}`, settings)]),
    );
  }

  /** All queues of requests, by lane; '' is that of the tenants without one. */
  get byLane(): ReadonlyMap<string, Queue> {
    return new Map([['', this.queue], ...this.lanes]);
  }

  /** Variables of a function that requests backups in every lane. */
  get environment(): Record<string, string> {
    const urls = Object.fromEntries([...this.lanes].map(([name, { queueUrl }]) => [name, queueUrl]));
    return {
      [EnvironmentName.queueUrl]: this.queue.queueUrl,
      ...(this.lanes.size > 0 && { [EnvironmentName.laneQueueUrls]: Stack.of(this).toJsonString(urls) }),
    };
  }

  private createQueue(id: string, { backup, maxReceiveCount }: BackupQueueProps['settings']): Queue {
    return new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // After four days newer requests have replaced a nightly one.
      retentionPeriod: Duration.days(4),
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times.
      visibilityTimeout: Duration.seconds(backup.timeoutSeconds * 6),
      deadLetterQueue: {
        queue: this.deadLetterQueue,
        // The function handles the last delivery only to report that it died at the one before.
        maxReceiveCount: receivesOf(maxReceiveCount) + 1,
      },
      // Requests without the functions that serve them are of no use.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Allows requests for backups. The backup function needs it too: it alone reads enrolments, and so learns which of them
   * stand for all tenants of a SecureAuth deployment. */
  grantRequestBackups(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue, ...this.lanes.values()].map(({ queueArn }) => queueArn),
    });
  }

  /**
   * Allows messages to the dead-letter queue. The event source grants all that a consumer needs, and so the change of a
   * failed request's delay.
   */
  grantSetAside(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.deadLetterQueue.queueArn],
    });
  }
}
