import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  MathExpression,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { auditMetric } from './alarms.ts';
import type { VerbFunction } from './verb-function.ts';

export interface DashboardProps {
  /** Name of the deployment, and so of the dashboard. */
  readonly name: string;
  readonly alarms: readonly Alarm[];
  readonly everyHours: number;
  readonly backup: VerbFunction;
  readonly restore: VerbFunction;
  /** Queues of backup requests, by lane. */
  readonly queues: ReadonlyMap<string, Queue>;
  readonly deadLetterQueue: Queue;
}

const WIDTH = 24;

/** Answers an operator's questions in this order: whether every tenant is safe, how old the backups are, how big, how long
 * they take, and what changed. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const period = Duration.hours(props.everyHours);
    const metric = (name: Parameters<typeof auditMetric>[1], label: string) =>
      auditMetric(props.name, name, { period, label });
    const lambdaPeriod = Duration.minutes(5);
    const { lambda } = props.backup;
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.days(14),
    });
    dashboard.addWidgets(
      new TextWidget({
        markdown:
          '**Tenant Backup.** What to do about an alarm is in `docs/RUNBOOK.md`; each alarm names its section. The whole report, tenant by tenant, is `reports/report.html` in the ledger bucket.',
        width: WIDTH,
        height: 2,
      }),
    );
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 12, height: 6 }),
      new SingleValueWidget({
        title: 'Is every tenant safe?',
        metrics: [
          metric('tenants', 'enrolled'),
          metric('tenantsFresh', 'fresh'),
          metric('tenantsWithoutFreshBackup', 'without fresh backup'),
          metric('backupsLost', 'backups lost'),
          metric('suspiciousBackups', 'suspicious'),
          metric('keysUnhealthy', 'keys in danger'),
        ],
        setPeriodToTimeRange: false,
        width: 12,
        height: 6,
      }),
    );
    dashboard.addWidgets(
      new GraphWidget({
        title: 'How old is the oldest of the newest backups?',
        left: [
          new MathExpression({
            expression: 'oldest/3600',
            usingMetrics: { oldest: metric('oldestBackupSeconds', 'seconds') },
            label: 'hours',
            period,
          }),
        ],
        leftYAxis: { min: 0 },
        width: 8,
        height: 6,
      }),
      new GraphWidget({
        title: 'How big is the vault?',
        left: [metric('backupBytes', 'bytes')],
        right: [metric('backupsKept', 'versions')],
        leftYAxis: { min: 0 },
        rightYAxis: { min: 0 },
        width: 8,
        height: 6,
      }),
      new GraphWidget({
        title: 'What changed? (objects of the newest backups)',
        left: [metric('objectsChanged', 'objects')],
        leftYAxis: { min: 0 },
        width: 8,
        height: 6,
      }),
    );
    dashboard.addWidgets(
      new GraphWidget({
        title: 'How long does a backup take?',
        left: [
          lambda.metricDuration({ period: lambdaPeriod, statistic: 'p50', label: 'median' }),
          lambda.metricDuration({ period: lambdaPeriod, statistic: 'Maximum', label: 'longest' }),
        ],
        right: [lambda.metricInvocations({ period: lambdaPeriod, label: 'invocations' })],
        leftYAxis: { min: 0 },
        width: 8,
        height: 6,
      }),
      new GraphWidget({
        title: 'Who waits, and who failed?',
        left: [...props.queues].map(([lane, queue]) =>
          queue.metricApproximateNumberOfMessagesVisible({
            period: lambdaPeriod,
            statistic: 'Maximum',
            label: lane === '' ? 'waiting' : `waiting in ${lane}`,
          }),
        ),
        right: [
          props.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
            period: lambdaPeriod,
            statistic: 'Maximum',
            label: 'dead letters',
          }),
        ],
        leftYAxis: { min: 0 },
        rightYAxis: { min: 0 },
        width: 8,
        height: 6,
      }),
      new GraphWidget({
        title: 'Restores, and the audit itself',
        left: [
          props.restore.lambda.metricInvocations({ period: lambdaPeriod, label: 'restores' }),
          props.restore.lambda.metricErrors({ period: lambdaPeriod, label: 'failed' }),
        ],
        right: [metric('auditSeconds', 'audit, seconds'), metric('backupsUnopened', 'not opened yet')],
        leftYAxis: { min: 0 },
        rightYAxis: { min: 0 },
        width: 8,
        height: 6,
      }),
    );
  }
}
