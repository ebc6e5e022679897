import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from './synthesize.ts';

/** A metric that an alarm or a widget of the dashboard asks CloudWatch for. */
export interface AskedMetric {
  /** Title of the alarm or the widget. */
  readonly by: string;
  readonly namespace: string;
  readonly name: string;
  /** Values are text, or `Ref:<logical id>` and `GetAtt:<logical id>.<attribute>`. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Only data of this unit counts; null for any. */
  readonly unit: string | null;
}

/** Every metric that alarms and dashboards of a template ask for, those of mathematical expressions included. */
export const askedMetrics = (template: Template): AskedMetric[] => [
  ...ofAlarms(template),
  ...ofDashboards(template),
];

interface MetricProperties {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Unit?: string;
}

interface AlarmProperties extends Partial<MetricProperties> {
  readonly AlarmName: string;
  readonly Metrics?: readonly {
    readonly MetricStat?: { readonly Metric: MetricProperties; readonly Unit?: string };
  }[];
}

function ofAlarms(template: Template): AskedMetric[] {
  return Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).flatMap(({ Properties }) => {
    const { AlarmName, Metrics, ...own } = Properties as unknown as AlarmProperties;
    const metrics = Metrics
      ? Metrics.flatMap(({ MetricStat }) =>
          MetricStat ? [{ ...MetricStat.Metric, Unit: MetricStat.Unit }] : [],
        )
      : [own as MetricProperties];
    return metrics.map(
      ({ Namespace, MetricName, Dimensions = [], Unit }): AskedMetric => ({
        by: AlarmName,
        namespace: Namespace,
        name: MetricName,
        dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, textOf(Value)])),
        unit: Unit ?? null,
      }),
    );
  });
}

interface Widget {
  readonly properties: { readonly title?: string; readonly metrics?: readonly (readonly unknown[])[] };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function ofDashboards(template: Template): AskedMetric[] {
  return Object.values(resourcesOf(template, 'AWS::CloudWatch::Dashboard')).flatMap(({ Properties }) => {
    const { widgets } = JSON.parse(textOf(Properties['DashboardBody'])) as { widgets: Widget[] };
    return widgets.flatMap(({ properties: { title = '', metrics = [] } }) =>
      metrics.flatMap((row): AskedMetric[] => {
        const [namespace, name, ...rest] = row.filter((each) => typeof each === 'string');
        // A row of settings alone is an expression over others.
        if (namespace === undefined || name === undefined) return [];
        const pairs = rest.flatMap((each, at) => (at % 2 === 0 ? [[each, rest[at + 1] ?? '']] : []));
        return [{ by: title, namespace, name, dimensions: Object.fromEntries(pairs), unit: null }];
      }),
    );
  });
}

/** A value of a template as text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, parameter] = []] = Object.entries(value as object);
  if (kind === 'Ref') return `Ref:${parameter}`;
  if (kind === 'Fn::GetAtt') return `GetAtt:${(parameter as string[]).join('.')}`;
  if (kind !== 'Fn::Join') throw new Error(`${kind} is not expected in a metric`);
  const [separator, parts] = parameter as [string, unknown[]];
  return parts.map(textOf).join(separator);
}
