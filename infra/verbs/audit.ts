import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { retentionText } from '../../functions/vault/retention/retention-policy.ts';
import type { AlarmTopic } from '../alarm-topic.ts';
import { createScheduleCaller } from '../schedules/schedule-caller.ts';
import { VerbFunction } from '../verb-function.ts';
import { type StorageProps, storageEnvironment } from './storage.ts';

export interface AuditFunctionProps extends StorageProps {
  /** Receives the audit's messages. */
  readonly alarmTopic: AlarmTopic;
}

/** Away from the full hour, at which most schedules start. The periods of alarms slide, so one holds an audit or two. */
const MINUTE = 17;
/** A daily audit runs after the usual hours of backups. */
const HOUR = 5;

/** Returns the times of the audit: a divisor of 24 gives the same hours every day. `rate(...)` would count from the
 * deployment. */
export const auditExpression = (everyHours: number): string => {
  // EventBridge refuses a step larger than its field.
  const hours = everyHours === 24 ? HOUR : `${HOUR % everyHours}/${everyHours}`;
  return `cron(${MINUTE} ${hours} * * ? *)`;
};

/** Assesses the backups of all tenants at fixed times. Opens no credentials, and reads no enrolment. */
export class AuditFunction extends VerbFunction {
  constructor(scope: Construct, id: string, props: AuditFunctionProps) {
    const { settings, enrolments, keys, vault, ledger, alarmTopic } = props;
    super(scope, id, {
      ...props,
      verb: 'audit',
      description: 'Assesses the backups of all tenants, and reports what is wrong',
      size: settings.audit,
      environment: {
        ...storageEnvironment(props),
        ...ledger.keys.environment(['restore', 'audit', 'drill']),
        [EnvironmentName.retention]: retentionText(settings.retentionPolicy),
        [EnvironmentName.auditSettings]: JSON.stringify(settings.auditSettings),
        [EnvironmentName.alarmTopicArn]: alarmTopic.topic.topicArn,
      },
    });
    enrolments.grantListNames(this.role);
    keys.grantList(this.role);
    keys.grantDescribe(this.role);
    keys.grantOpenConfiguration(this.role);
    keys.grantVerify(this.role);
    vault.grantReadBackups(this.role);
    vault.grantReadSettings(this.role);
    ledger.grantReports(this.role);
    alarmTopic.grantPublish(this.role);
    // The next audit sees everything that a failed one missed.
    this.lambda.configureAsyncInvoke({ retryAttempts: 0 });
    this.addSchedule(settings.name, settings.audit.everyHours);
  }

  private addSchedule(deployment: string, everyHours: number): void {
    const { group, role } = createScheduleCaller(this, {
      lambda: this.lambda,
      groupName: `${deployment}-audit`,
      description: 'Lets the schedule of tenant backup call the audit function',
    });
    new Schedule(this, 'Schedule', {
      scheduleName: `${deployment}-audit`,
      scheduleGroup: group,
      description: 'Audits the backups of all tenants',
      schedule: ScheduleExpression.expression(auditExpression(everyHours)),
      target: new LambdaInvoke(this.lambda, {
        role,
        input: ScheduleTargetInput.fromObject({}),
        // The next audit sees everything that a missed one missed.
        maxEventAge: Duration.minutes(30),
        retryAttempts: 2,
      }),
    });
  }
}
