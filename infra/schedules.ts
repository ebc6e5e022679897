import { Duration, type RemovalPolicy, TimeZone } from 'aws-cdk-lib';
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
import { acknowledge } from './acknowledge.ts';
import type { ScheduleConfiguration } from './configuration.ts';
import { createScheduleCaller } from './schedule-caller.ts';
import type { VerbFunction } from './verb-function.ts';

export interface SchedulesProps {
  /** When to dispatch, and into which tier. */
  readonly schedules: readonly ScheduleConfiguration[];
  /** Answers each schedule by asking for the backups of its tenants. */
  readonly dispatch: VerbFunction;
  /** What happens to the group and the queue when they leave the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** EventBridge Scheduler schedules, in a group of their own, that call the dispatch function. */
export class Schedules extends Construct {
  /** Schedules' calls that could not be delivered or that dispatch failed to answer. */
  readonly undeliveredQueue: Queue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { removalPolicy } = props;
    const { lambda } = props.dispatch;
    const { group, role } = createScheduleCaller(this, {
      lambda,
      description: 'Lets the schedules of tenant backup call the dispatch function',
      removalPolicy,
    });
    this.undeliveredQueue = this.createUndeliveredQueue(removalPolicy);
    for (const schedule of props.schedules) {
      new Schedule(this, schedule.name, {
        scheduleName: schedule.name,
        scheduleGroup: group,
        description: `Asks for the ${schedule.tier} backups of the tenants enrolled with schedule ${schedule.name}`,
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
            ...(schedule.spreadMinutes > 0 && { spreadMinutes: schedule.spreadMinutes }),
            // The same for every attempt, so that a repeated call asks for the same backups and not for more.
            scheduledTime: ContextAttribute.scheduledTime,
          }),
          maxEventAge: Duration.hours(2),
          retryAttempts: 10,
          deadLetterQueue: this.undeliveredQueue,
        }),
      });
    }
  }

  private createUndeliveredQueue(removalPolicy: RemovalPolicy): Queue {
    const queue = new Queue(this, 'UndeliveredQueue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy,
    });
    acknowledge(
      queue,
      'AwsSolutions-SQS3',
      'This is the dead-letter queue of the schedules, which the rule does not see as it looks at queues only.',
    );
    return queue;
  }
}
