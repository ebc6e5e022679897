import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { createScheduleCaller } from './schedule-caller.ts';
import type { VerbFunction } from './verb-function.ts';

export interface AuditScheduleProps {
  readonly audit: VerbFunction;
  /** Hours from one audit to the next: a divisor of 24. */
  readonly everyHours: number;
  /** What happens to the group when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** In the middle of the hour, so that each period of an alarm has exactly one audit in it. */
const MINUTE = 17;
/** An audit once a day comes after the usual hours of backups. */
const HOUR = 5;

/** Calls the audit, always at the same minutes, in a group of its own: its name cannot meet one of the settings. */
export class AuditSchedule extends Construct {
  constructor(scope: Construct, id: string, { audit, everyHours, removalPolicy }: AuditScheduleProps) {
    super(scope, id);
    const { group, role } = createScheduleCaller(this, {
      lambda: audit.lambda,
      suffix: 'audit',
      description: 'Lets the schedule of tenant backup call the audit function',
      removalPolicy,
    });
    new Schedule(this, 'Schedule', {
      scheduleName: 'audit',
      scheduleGroup: group,
      description: 'Audits the backups of all tenants',
      schedule: ScheduleExpression.expression(`cron(${MINUTE} ${HOUR % everyHours}/${everyHours} * * ? *)`),
      target: new LambdaInvoke(audit.lambda, {
        role,
        input: ScheduleTargetInput.fromObject({}),
        // The next audit sees all that a missed one would have seen.
        maxEventAge: Duration.minutes(30),
        retryAttempts: 2,
      }),
    });
  }
}
