import { Duration } from 'aws-cdk-lib';
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
import type { VerbFunctions } from './verb-function.ts';

/** Sections of `docs/RUNBOOK.md`, by their anchors. */
const RUNBOOK = 'docs/RUNBOOK.md';
export const runbook = (section: string): string => `${RUNBOOK}#${section}`;

export interface AlarmsProps {
  /** Name of the deployment, with which the names of the alarms begin. */
  readonly name: string;
  readonly topic: ITopic;
  /** Hours from one audit to the next. */
  readonly everyHours: number;
  /** By verb. */
  readonly functions: VerbFunctions;
  /** Requests that failed for good, and calls of schedules that were not delivered. */
  readonly deadLetters: Readonly<Record<'requests' | 'calls', Queue>>;
  /** Queues of backup requests, by lane. */
  readonly queues: ReadonlyMap<string, Queue>;
}

/** The longest wait of a request in a night without failures. */
const MAX_WAIT = Duration.hours(2);

/** Returns a metric of the audit.
 * @param deployment its name */
export const auditMetric = (
  deployment: string,
  name: keyof typeof MetricName,
  options: { readonly period: Duration; readonly statistic?: string; readonly label?: string },
): Metric => {
  const { namespace, dimensions, unit } = auditMetrics(deployment);
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
 * Every alarm of the deployment. A metric of the audit without data raises its alarm: silence is a failure. Queues and
 * functions have no data while they have no work, so missing data is no failure there. The audit finds a night without any
 * work, because the backups grow old.
 */
export class Alarms extends Construct {
  readonly alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { name: deployment } = props;
    const { restore, drill } = props.functions;
    const perAudit = Duration.hours(props.everyHours);
    const addFinding = (
      name: string,
      metric: keyof typeof MetricName,
      what: string,
      section: string,
    ): void => {
      this.add(name, props, {
        metric: auditMetric(deployment, metric, { period: perAudit }),
        description: `${what}, or the audit is silent: ${runbook(section)}`,
        missing: TreatMissingData.BREACHING,
      });
    };
    addFinding(
      'NoFreshBackup',
      'tenantsWithoutFreshBackup',
      'Tenants have no good backup that is young enough',
      'no-fresh-backup',
    );
    addFinding(
      'BackupsLost',
      'backupsLost',
      'Backups are broken, deleted or gone before their time',
      'a-backup-is-broken-or-gone',
    );
    addFinding(
      'SuspiciousBackups',
      'suspiciousBackups',
      'Backups shrank, changed much or lack secrets',
      'a-backup-shrank-or-changed-much',
    );
    addFinding(
      'KeysUnhealthy',
      'keysUnhealthy',
      'A key that backups need is disabled, about to be deleted, or lets a stranger in',
      'a-key-is-in-danger',
    );
    addFinding(
      'VaultSettingsChanged',
      'vaultSettingsChanged',
      'Lifecycle, lock or policy of the vault are not as deployed',
      'the-vaults-rules-changed',
    );
    this.add('AuditSilent', props, {
      metric: auditMetric(deployment, 'audits', { period: perAudit, statistic: 'Sum' }),
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: 2,
      description: `Two audits in a row failed: ${runbook('the-audit-is-silent')}`,
      missing: TreatMissingData.BREACHING,
    });
    this.add('RestoreFailed', props, {
      metric: restore.lambda.metricErrors({ period: Duration.minutes(5) }),
      description: `A restore failed or was refused: ${runbook('a-restore-failed')}`,
    });
    if (drill) {
      addFinding(
        'DrillsUnproved',
        'drillsUnproved',
        'A drill failed, or none was proved for too long',
        'a-drill-failed-or-none-was-proved',
      );
      this.add('DrillFailed', props, {
        metric: drill.lambda.metricErrors({ period: Duration.minutes(5) }),
        description: `A drill failed or was refused: ${runbook('a-drill-failed-or-none-was-proved')}`,
      });
    }
    this.addQueues(props);
    this.addFunctions(props);
  }

  private addQueues(props: AlarmsProps): void {
    const { deadLetters, queues } = props;
    const visible = (queue: Queue): Metric =>
      queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' });
    this.add('DeadLetters', props, {
      metric: visible(deadLetters.requests),
      description: `Backups failed for good: ${runbook('backups-lie-in-the-dead-letter-queue')}`,
    });
    this.add('UndeliveredSchedules', props, {
      metric: visible(deadLetters.calls),
      description: `Dispatch did not answer its schedule: ${runbook('a-schedule-was-not-answered')}`,
    });
    for (const [lane, queue] of queues) {
      this.add(lane === '' ? 'RequestsWait' : `RequestsWait-${lane}`, props, {
        metric: queue.metricApproximateAgeOfOldestMessage({
          period: Duration.minutes(5),
          statistic: 'Maximum',
        }),
        threshold: MAX_WAIT.toSeconds(),
        description: `Backups wait for more than ${MAX_WAIT.toMinutes()} minutes: ${runbook('backups-wait-too-long')}`,
      });
    }
  }

  private addFunctions(props: AlarmsProps): void {
    const period = Duration.minutes(5);
    for (const [verb, { lambda }] of Object.entries(props.functions)) {
      // Errors of restores and drills have alarms and sections of their own.
      if (!['restore', 'drill'].includes(verb)) {
        this.add(`Errors-${verb}`, props, {
          metric: lambda.metricErrors({ period }),
          description: `The function ${verb} ended with an error: ${runbook('a-function-fails-or-is-throttled')}`,
        });
      }
      this.add(`Throttles-${verb}`, props, {
        metric: lambda.metricThrottles({ period }),
        description: `Lambda throttled the function ${verb}: ${runbook('a-function-fails-or-is-throttled')}`,
      });
    }
  }

  private add(
    name: string,
    { name: deployment, topic }: AlarmsProps,
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
      alarmName: `${deployment}-${name}`,
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
