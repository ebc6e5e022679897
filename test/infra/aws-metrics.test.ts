import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type AskedMetric, askedMetrics } from './metrics-asked-for.ts';
import { resourcesOf, synthesize } from './synthesize.ts';

/** Metrics of AWS's own services, held against what the services document. The audit's own are held against what it
 * publishes, in its integration tests. */

interface Documented {
  readonly dimensions: readonly string[];
  readonly names: readonly string[];
  /** Type of the resource that the dimension names, and how a template refers to that name. */
  readonly resource: string;
  readonly reference: (id: string) => string;
}

const DOCUMENTED: Readonly<Record<string, Documented>> = {
  /** @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
  'AWS/Lambda': {
    dimensions: ['FunctionName'],
    names: ['Invocations', 'Errors', 'Throttles', 'Duration', 'ConcurrentExecutions', 'DeadLetterErrors'],
    resource: 'AWS::Lambda::Function',
    reference: (id) => `Ref:${id}`,
  },
  /** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
  'AWS/SQS': {
    dimensions: ['QueueName'],
    names: [
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesNotVisible',
      'NumberOfMessagesSent',
    ],
    resource: 'AWS::SQS::Queue',
    reference: (id) => `GetAtt:${id}.QueueName`,
  },
};

/** Why no service will ever answer for the metric; nothing where one does. */
function faultsOf({ by, namespace, name, dimensions, unit }: AskedMetric, template: Template): string[] {
  const documented = DOCUMENTED[namespace];
  if (!documented) return [`${by}: no service publishes in ${namespace}`];
  const resources = Object.keys(resourcesOf(template, documented.resource)).map(documented.reference);
  return [
    ...(documented.names.includes(name) ? [] : [`${by}: ${namespace} has no metric ${name}`]),
    ...(Object.keys(dimensions).join() === documented.dimensions.join()
      ? []
      : [`${by}: ${name} has the dimensions ${documented.dimensions}, not ${Object.keys(dimensions)}`]),
    ...Object.values(dimensions).flatMap((value) =>
      resources.includes(value) ? [] : [`${by}: ${value} is no ${documented.resource} of the stack`],
    ),
    // Each service publishes in a unit of its own; asking for another one finds nothing.
    ...(unit === null ? [] : [`${by}: asks for ${unit} of ${name} alone`]),
  ];
}

describe('every metric of a service that alarms and dashboard ask for', () => {
  it.each<[string, Record<string, unknown>]>([
    ['as shipped', {}],
    [
      'with drills and lanes',
      {
        drill: { schedule: 'cron(0 5 ? * SUN *)', into: 'scratch' },
        lanes: [{ name: 'big', maximumConcurrency: 2 }],
      },
    ],
  ])('is one that the service documents, of a resource of the stack, %s', (_, settings) => {
    const template = synthesize(settings);
    const asked = askedMetrics(template).filter(({ namespace }) => namespace !== 'TenantBackup');
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.flatMap((metric) => faultsOf(metric, template))).toEqual([]);
  });

  it('fails for a name, a dimension, a resource or a unit that is not so', () => {
    const template = synthesize();
    const good = askedMetrics(template).find(({ namespace }) => namespace === 'AWS/Lambda');
    if (!good) throw new Error('there are alarms on functions');
    expect(faultsOf(good, template)).toEqual([]);
    const wrong: Partial<AskedMetric>[] = [
      { namespace: 'AWS/Lambdas' },
      { name: 'Error' },
      { dimensions: { ...good.dimensions, service: 'x' } },
      { dimensions: { FunctionName: 'TenantBackup-audits' } },
      { unit: 'None' },
    ];
    for (const change of wrong) expect(faultsOf({ ...good, ...change }, template)).not.toEqual([]);
  });
});

describe('every alarm', () => {
  /** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  it.each([1, 24])('has a period that CloudWatch accepts, with an audit every %d hours', (everyHours) => {
    const alarms = resourcesOf(synthesize({ audit: { everyHours } }), 'AWS::CloudWatch::Alarm');
    for (const { Properties } of Object.values(alarms)) {
      const { Period, EvaluationPeriods } = Properties as { Period: number; EvaluationPeriods: number };
      expect(Period % 60).toBe(0);
      expect(Period * EvaluationPeriods).toBeLessThanOrEqual(Period < 3600 ? 86_400 : 7 * 86_400);
    }
  });
});
