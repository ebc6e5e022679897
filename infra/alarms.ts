import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
  type Unit,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { auditMetrics, MetricName } from '../functions/runtime/names.ts';
import type { VerbFunction } from './verb-function.ts';

/** Sections of `docs/RUNBOOK.md`, by their anchors. */
const RUNBOOK = 'docs/RUNBOOK.md';
export const runbook = (section: string): string => `${RUNBOOK}#${section}`;

export interface AlarmsProps {
  readonly topic: ITopic;
  /** Hours from one audit to the next. */
  readonly everyHours: number;
  /** All functions but restore and drill, by verb. */
  readonly functions: Readonly<Record<string, VerbFunction>>;
  readonly restore: VerbFunction;
  /** @default - no drills */
  readonly drill?: VerbFunction | undefined;
  /** Where requests lie that failed for good, and calls of schedules that were not delivered. */
  readonly deadLetters: Readonly<Record<'requests' | 'calls', Queue>>;
  /** Queues of backup requests, by lane. */
  readonly queues: Readonly<Record<string, Queue>>;
  /** A request that waits longer than this is worth a look. */
  readonly maxWait: Duration;
}

/** A metric of the audit. */
export const auditMetric = (
  scope: Construct,
  name: keyof typeof MetricName,
  options: { readonly period: Duration; readonly statistic?: string; readonly label?: string },
): Metric => {
  const { namespace, dimensions, unit } = auditMetrics(Stack.of(scope).stackName);
  return new Metric({
    namespace,
    metricName: MetricName[name],
    dimensionsMap: dimensions,
    unit: unit as Unit,
    statistic: options.statistic ?? 'Maximum',
    period: options.period,
    ...(options.label === undefined ? {} : { label: options.label }),
  });
};

/**
 * Every alarm of the stack. What the audit counts is an alarm also where it counts nothing: silence is a failure. The
 * metrics of queues and functions say nothing while nothing happens, so that silence there is none: a night without any
 * work is found by the audit, as backups that grow old.
 */
export class Alarms extends Construct {
  readonly alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const perAudit = Duration.hours(props.everyHours);
    const found = (name: string, metric: keyof typeof MetricName, what: string, section: string): void => {
      this.add(name, props.topic, {
        metric: auditMetric(this, metric, { period: perAudit }),
        description: `${what}, or no audit said otherwise: ${runbook(section)}`,
        missing: TreatMissingData.BREACHING,
      });
    };
    found(
      'NoFreshBackup',
      'tenantsWithoutFreshBackup',
      'Tenants have no good backup that is young enough',
      'no-fresh-backup',
    );
    found(
      'BackupsLost',
      'backupsLost',
      'Backups are broken, deleted or gone before their time',
      'a-backup-is-broken-or-gone',
    );
    found(
      'SuspiciousBackups',
      'suspiciousBackups',
      'Backups shrank, changed much or lack secrets',
      'a-backup-shrank-or-changed-much',
    );
    found(
      'KeysUnhealthy',
      'keysUnhealthy',
      'A key that backups need is disabled, about to be deleted, or lets somebody in',
      'a-key-is-in-danger',
    );
    found(
      'VaultSettingsChanged',
      'vaultSettingsChanged',
      'Lifecycle, lock or policy of the vault are not as deployed',
      'the-vaults-rules-changed',
    );
    this.add('AuditSilent', props.topic, {
      metric: auditMetric(this, 'audits', { period: perAudit, statistic: 'Sum' }),
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: 2,
      description: `Two audits in a row have not ended well: ${runbook('the-audit-is-silent')}`,
      missing: TreatMissingData.BREACHING,
    });
    this.add('RestoreFailed', props.topic, {
      metric: props.restore.lambda.metricErrors({ period: Duration.minutes(5) }),
      description: `A restore failed or was refused: ${runbook('a-restore-failed')}`,
    });
    if (props.drill) {
      found(
        'DrillsUnproved',
        'drillsUnproved',
        'A drill failed, or none was proved for too long',
        'a-drill-failed-or-none-was-proved',
      );
      this.add('DrillFailed', props.topic, {
        metric: props.drill.lambda.metricErrors({ period: Duration.minutes(5) }),
        description: `A drill failed or was refused: ${runbook('a-drill-failed-or-none-was-proved')}`,
      });
    }
    this.addQueues(props);
    this.addFunctions(props);
  }

  private addQueues({ topic, deadLetters, queues, maxWait }: AlarmsProps): void {
    const visible = (queue: Queue): Metric =>
      queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' });
    this.add('DeadLetters', topic, {
      metric: visible(deadLetters.requests),
      description: `Backups failed for good: ${runbook('backups-lie-in-the-dead-letter-queue')}`,
    });
    this.add('UndeliveredSchedules', topic, {
      metric: visible(deadLetters.calls),
      description: `Dispatch did not answer its schedule: ${runbook('a-schedule-was-not-answered')}`,
    });
    for (const [lane, queue] of Object.entries(queues)) {
      this.add(lane === '' ? 'RequestsWait' : `RequestsWait-${lane}`, topic, {
        metric: queue.metricApproximateAgeOfOldestMessage({
          period: Duration.minutes(5),
          statistic: 'Maximum',
        }),
        threshold: maxWait.toSeconds(),
        description: `Backups have been waiting for more than ${maxWait.toMinutes()} minutes: ${runbook('backups-wait-too-long')}`,
      });
    }
  }

  private addFunctions({ topic, functions, restore, drill }: AlarmsProps): void {
    const period = Duration.minutes(5);
    for (const [verb, { lambda }] of Object.entries(functions)) {
      this.add(`Errors-${verb}`, topic, {
        metric: lambda.metricErrors({ period }),
        description: `The function ${verb} ended with an error: ${runbook('a-function-fails-or-is-throttled')}`,
      });
    }
    for (const [verb, { lambda }] of Object.entries({ ...functions, restore, ...(drill && { drill }) })) {
      this.add(`Throttles-${verb}`, topic, {
        metric: lambda.metricThrottles({ period }),
        description: `Lambda had no room for the function ${verb}: ${runbook('a-function-fails-or-is-throttled')}`,
      });
    }
  }

  private add(
    name: string,
    topic: ITopic,
    options: {
      readonly metric: IMetric;
      readonly description: string;
      /** @default 1 */
      readonly threshold?: number;
      /** @default - at least the threshold */
      readonly comparison?: ComparisonOperator;
      /** @default 1 */
      readonly periods?: number;
      /** @default - no data is no alarm */
      readonly missing?: TreatMissingData;
    },
  ): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: options.description,
      metric: options.metric,
      threshold: options.threshold ?? 1,
      comparisonOperator: options.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: options.periods ?? 1,
      treatMissingData: options.missing ?? TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.alarms.push(alarm);
  }
}
