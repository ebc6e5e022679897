import { expect } from 'vitest';
import type { AskedMetric } from './metrics-asked-for.ts';

/** A line in CloudWatch's embedded metric format.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
interface MetricLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit?: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/** How CloudWatch tells metrics apart. */
const identity = (namespace: string, name: string, dimensions: Readonly<Record<string, string>>): string =>
  [
    namespace,
    name,
    ...Object.entries(dimensions)
      .map((pair) => pair.join('='))
      .sort(),
  ].join(' ');

/** Units of the metrics that lines of a log publish, by the identities of the metrics. */
export const publishedMetrics = (lines: readonly string[]): Map<string, string> =>
  new Map(
    lines.flatMap((text) => {
      const line = JSON.parse(text) as MetricLine;
      return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Dimensions.flatMap((names) =>
          Metrics.map(({ Name, Unit = 'None' }): [string, string] => {
            expect(line[Name], Name).toBeTypeOf('number');
            const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
            return [identity(Namespace, Name, dimensions), Unit];
          }),
        ),
      );
    }),
  );

/** Metrics that are asked for, and that nothing publishes with these dimensions and this unit. */
export const unpublished = (asked: readonly AskedMetric[], units: ReadonlyMap<string, string>): string[] =>
  asked
    .filter(({ namespace, name, dimensions, unit }) => {
      const found = units.get(identity(namespace, name, dimensions));
      return found === undefined || (unit !== null && unit !== found);
    })
    .map(({ by, name, dimensions }) => `${by}: ${name} ${JSON.stringify(dimensions)}`);
