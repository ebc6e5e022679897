import { Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';
import type { VerbFunction } from '../verb-function.ts';
import { createScheduleCaller } from './schedule-caller.ts';
import { warnOfSkippedTime } from './skipped-time.ts';

export interface SchedulesProps {
  readonly settings: Pick<Settings, 'name' | 'schedules'>;
  /** Answers each schedule by requests for the backups of its tenants. */
  readonly dispatch: VerbFunction;
}

/** EventBridge Scheduler schedules, in a group of their own, that call the dispatch function. */
export class Schedules extends Construct {
  /** Calls that EventBridge could not deliver, or that dispatch failed to answer. */
  readonly undeliveredQueue: Queue;

  constructor(scope: Construct, id: string, { settings, dispatch: { lambda } }: SchedulesProps) {
    super(scope, id);
    const { group, role } = createScheduleCaller(this, {
      lambda,
      groupName: settings.name,
      description: 'Lets the schedules of tenant backup call the dispatch function',
    });
    this.undeliveredQueue = this.createUndeliveredQueue();
    // The scheduler knows that it called; only this destination shows that dispatch failed afterwards.
    lambda.configureAsyncInvoke({ onFailure: new SqsDestination(this.undeliveredQueue) });
    for (const schedule of settings.schedules) {
      const made = new Schedule(this, schedule.name, {
        scheduleName: schedule.name,
        scheduleGroup: group,
        description: `Requests the ${schedule.tier} backups of the tenants enrolled with schedule ${schedule.name}`,
        schedule: ScheduleExpression.expression(schedule.expression, TimeZone.of(schedule.timeZone)),
        timeWindow:
          schedule.flexibleWindowMinutes === 0
            ? TimeWindow.off()
            : TimeWindow.flexible(Duration.minutes(schedule.flexibleWindowMinutes)),
        target: new LambdaInvoke(lambda, {
          role,
          input: ScheduleTargetInput.fromObject({
            schedule: schedule.name,
            tier: schedule.tier,
            ...(!schedule.storeUnchanged && { storeUnchanged: false }),
            ...(schedule.spreadMinutes > 0 && { spreadMinutes: schedule.spreadMinutes }),
            // The same for every attempt, so that a repeated call requests the same backups and no more.
            scheduledTime: ContextAttribute.scheduledTime,
          }),
          maxEventAge: Duration.hours(2),
          retryAttempts: 10,
          deadLetterQueue: this.undeliveredQueue,
        }),
      });
      warnOfSkippedTime(made, `schedule ${schedule.name}`, schedule);
    }
  }

  private createUndeliveredQueue(): Queue {
    const queue = new Queue(this, 'UndeliveredQueue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      queue,
      'AwsSolutions-SQS3',
      'This is the dead-letter queue of the schedules. The rule looks at queues only.',
    );
    return queue;
  }
}
