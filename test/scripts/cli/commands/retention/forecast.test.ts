import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../../../../../functions/vault/retention/retention-policy.ts';
import { completeSettings } from '../../../../../infra/settings.ts';
import { forecast, forecastTables } from '../../../../../scripts/cli/commands/retention/forecast.ts';
import { exampleHistory } from '../../example-history.ts';

/** The settings of the page's example. */
const policy: RetentionPolicy = completeSettings(
  {
    schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }],
    retention: {
      daily: { days: 7, newestVersions: 3 },
      weekly: { days: 28, newestVersions: 2 },
      monthly: { days: 62, newestVersions: 2 },
    },
    objectLock: { mode: 'governance', days: 3, tiers: { yearly: 365 } },
  },
  'tenantBackup',
).retentionPolicy;

const page = readFileSync(new URL('../../../../../docs/RETENTION.md', import.meta.url), 'utf8');
const lockedDays = policy.objectLock?.days ?? expect.fail('the example has locks');
const history = exampleHistory(new Date('2026-03-23T02:00:00Z'), 60, [50, 51, 52], lockedDays);
const at = new Date('2026-05-22T08:00:00Z');

describe('retention preview', () => {
  it('prints what the documentation shows of the tier daily', () => {
    const printed = forecastTables(forecast(history, policy, at), at);
    const daily = printed.filter((line) => /^(acme|TIER|daily) /.test(line) && !line.endsWith('  deleted'));
    expect(daily.length).toBeGreaterThan(8);
    expect(page).toContain(daily.join('\n'));
  });

  it('orders tenants by name, tiers as they are listed, versions from the newest', () => {
    const others = history.map((one) => ({ ...one, tenant: 'aardvark' }));
    const forecasts = forecast([...history, ...others].toReversed(), policy, at);
    expect(forecasts.map(({ tenant, tier }) => `${tenant} ${tier}`)).toEqual(
      ['aardvark', 'acme'].flatMap((tenant) =>
        ['daily', 'weekly', 'monthly', 'yearly', 'manual', 'safety'].map((tier) => `${tenant} ${tier}`),
      ),
    );
    for (const { fates } of forecasts) {
      const times = fates.map(({ entry }) => entry.storedAt.getTime());
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
  });
});
