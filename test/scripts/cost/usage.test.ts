import { describe, expect, test } from 'vitest';
import { MetricName } from '../../../functions/runtime/names.ts';
import { parseConfiguration } from '../../../infra/configuration.ts';
import { billOf, perTenant, totalOf } from '../../../scripts/cost/bill.ts';
import { PRICES } from '../../../scripts/cost/prices.ts';
import { type Deployment, keptVersions, usageOf } from '../../../scripts/cost/usage.ts';
import { resourcesOf, synthesize } from '../../infra/synthesize.ts';

const settings = { schedules: [{ name: 'nightly', expression: 'rate(1 day)' }] };
const { retentionPolicy: retention } = parseConfiguration(settings);

const deployment: Deployment = {
  tenants: 1000,
  exportBytes: 1e6,
  archiveRatio: 0.1,
  backupSeconds: 2,
  memoryMegabytes: 2048,
  tenantsPerSecret: 1,
  retention,
};

describe('versions kept of a tenant', () => {
  test('are those of the rules, of each tier', () => {
    const { daily, weekly, monthly, yearly, manual, safety } = keptVersions(retention);
    // The days after a successor came, the current version, and what waits for midnight.
    expect([36, 37]).toContain(daily);
    // 84 days are 12 weeks, 400 days 13 or 14 months, 2,557 days 7 years.
    expect([13, 14]).toContain(weekly);
    expect([14, 15]).toContain(monthly);
    expect([8, 9]).toContain(yearly);
    expect([manual, safety]).toEqual([0, 0]);
  });

  test('are only the nightly ones without copies', () => {
    const { weekly, monthly, yearly } = keptVersions({ ...retention, promote: [] });
    expect([weekly, monthly, yearly]).toEqual([0, 0, 0]);
  });
});

describe('what the stack itself costs', () => {
  test('is what is in its template', () => {
    const template = synthesize();
    const { alarm, metric, kmsKey } = usageOf(deployment);
    expect({ alarm, metric, kmsKey }).toEqual({
      alarm: Object.keys(resourcesOf(template, 'AWS::CloudWatch::Alarm')).length,
      metric: Object.keys(MetricName).length,
      kmsKey: Object.keys(resourcesOf(template, 'AWS::KMS::Key')).length,
    });
  });
});

describe('the bill', () => {
  const bill = billOf(usageOf(deployment), PRICES);

  test('has a line for everything that is counted', () => {
    expect(bill.map(({ name }) => name).sort()).toEqual(Object.keys(PRICES).sort());
  });

  test('charges a secret for each tenant, and a share of one where they are shared', () => {
    const dollarsOf = (tenantsPerSecret: number) =>
      billOf(usageOf({ ...deployment, tenantsPerSecret }), PRICES).find(({ name }) => name === 'secret')
        ?.dollars;
    expect(dollarsOf(1)).toBeCloseTo(400);
    expect(dollarsOf(100)).toBeCloseTo(4);
  });

  test('charges time by the memory of the function', () => {
    // 30,000 backups of 2 s at 2 GB.
    expect(usageOf(deployment).lambdaTime).toBe(120_000);
  });

  test('charges the parts of large archives', () => {
    const writes = (exportBytes: number) => usageOf({ ...deployment, exportBytes }).s3Write;
    // 10 MB of archive go up in two parts, with a request before and one after.
    expect(writes(100e6)).toBeGreaterThan(writes(1e6) + 30_000 * 2);
  });

  test('comes to a few cents for a further tenant, besides its secret', () => {
    const more = billOf(usageOf({ ...deployment, tenants: 2000 }), PRICES);
    const dollars = perTenant(bill, more, 1000);
    expect(dollars).toBeGreaterThan(0);
    expect(dollars).toBeLessThan(0.05);
    expect(totalOf(more) - totalOf(bill)).toBeCloseTo(1000 * (dollars + 0.4));
  });
});
