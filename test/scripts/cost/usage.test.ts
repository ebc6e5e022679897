import { describe, expect, test } from 'vitest';
import { MetricName } from '../../../functions/runtime/names.ts';
import { completeSettings } from '../../../infra/settings.ts';
import { billOf, perTenant, totalOf } from '../../../scripts/cost/bill.ts';
import { PRICES } from '../../../scripts/cost/prices.ts';
import { type Deployment, keptVersions, usageOf } from '../../../scripts/cost/usage.ts';
import { resourcesOf, synthesize } from '../../infra/synthesize.ts';

const settings = { schedules: [{ name: 'nightly', expression: 'rate(1 day)' }] };
const { retentionPolicy: retention } = completeSettings(settings, 'tenantBackup');

const deployment: Deployment = {
  tenants: 1000,
  exportBytes: 1e6,
  archiveRatio: 0.1,
  backupSeconds: 2,
  memoryMegabytes: 2048,
  tenantsPerSecret: 1,
  retention,
  audit: { everyHours: 1, memoryMegabytes: 2048 },
};
const drill = { perMonth: 30, memoryMegabytes: 2048 };

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

describe('what drills cost', () => {
  test('is nothing as long as there are none, and their alarms and time where there are', () => {
    const settings = { drill: { into: 'scratch', schedule: 'rate(1 day)' } };
    const [without, withDrills] = [usageOf(deployment), usageOf({ ...deployment, drill })];
    expect(withDrills.alarm).toBe(
      Object.keys(resourcesOf(synthesize(settings), 'AWS::CloudWatch::Alarm')).length,
    );
    // Thirty of them, each as long as six backups of 2 s, at 2 GB.
    expect(withDrills.lambdaTime - without.lambdaTime).toBeCloseTo(30 * 6 * 2 * 2);
    expect(withDrills.schedulerCall - without.schedulerCall).toBe(30);
    for (const name of ['lambdaRequest', 'kmsCall', 's3Write'] as const) {
      expect(withDrills[name]).toBeGreaterThan(without[name]);
    }
  });
});

describe('what audits cost', () => {
  const time = (changes: Partial<Deployment>) => usageOf({ ...deployment, ...changes }).lambdaTime;

  test('is the time of looking at every tenant, each time, and of opening each backup once', () => {
    const everyHours = (hours: number) => time({ audit: { ...deployment.audit, everyHours: hours } });
    const looking = everyHours(1) - everyHours(2);
    expect(looking).toBeGreaterThan(0);
    // Half of the audits cost half of the time.
    expect(everyHours(2) - everyHours(4)).toBeCloseTo(looking / 2);
    const opening = time({ exportBytes: 11e6 }) - time({ exportBytes: 1e6 });
    // A second more for each of 30,000 backups, at 2 GB.
    expect(opening).toBeCloseTo(60_000);
  });

  test('is by the memory of its function', () => {
    const [small, large] = [1024, 2048].map((memoryMegabytes) =>
      time({ audit: { everyHours: 1, memoryMegabytes } }),
    );
    const backups = 120_000;
    expect((large as number) - backups).toBeCloseTo(2 * ((small as number) - backups));
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
    const time = (backupSeconds: number) => usageOf({ ...deployment, backupSeconds }).lambdaTime;
    // 30,000 backups of 2 s at 2 GB.
    expect(time(2) - time(0)).toBe(120_000);
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
