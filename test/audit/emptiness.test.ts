import { expect, test } from 'vitest';
import { assessContent } from '../../functions/audit/assess/assess-tenant.ts';
import type { TenantHistory } from '../../functions/audit/history.ts';
import { metricsOf } from '../../functions/audit/metrics.ts';
import { MetricName } from '../../functions/runtime/names.ts';
import { completeSettings } from '../../infra/settings.ts';
import { shippedSettings } from '../infra/synthesize.ts';

/** Parts that lost all that matters in them, judged against the backups before. */

const { auditSettings } = completeSettings({ ...shippedSettings, removal: 'retain' }, 'tenantBackup');
const NOW = new Date('2026-02-03T03:00:00Z');

/** @param nights objects of each night, newest first */
const historyOf = (nights: readonly Record<string, number>[]): TenantHistory =>
  ({
    tenant: 'acme',
    versions: nights.map((objects, index) => ({
      tier: 'daily',
      versionId: `version-${nights.length - index}`,
      storedAt: new Date(Date.UTC(2026, 1, 3 - index, 2)).toISOString(),
      gone: false,
      verdict: 'ok',
      uploadedBy: null,
      manifest: { tier: 'daily', contentTime: null, adopted: false, objects, credentials: 0, warnings: {} },
      change: null,
    })),
    failures: [],
    checks: [],
    enrolments: [],
    events: [],
  }) as unknown as TenantHistory;

const emptied = (...nights: Record<string, number>[]) =>
  assessContent(historyOf(nights), auditSettings, NOW).filter(({ code }) => code === 'PART_EMPTIED');

const whole = { tenant: 1, server: 1, system_servers: 1, identity_pools: 1, identity_users: 2 };

test.each([
  ['hub', { ...whole, server: 0 }, 'no server', '1 server'],
  ['system', { ...whole, system_servers: 0 }, 'no system_servers', '1 system_servers'],
  ['identity', { ...whole, identity_users: 0 }, 'no identity_users', '2 identity_users'],
  [
    'identity',
    { tenant: 1, server: 1, system_servers: 1 },
    'no identity_pools and no identity_users',
    '1 identity_pools and 2 identity_users',
  ],
])('a part that became empty is an alarm by name, however little it held: %s', (part, now, none, held) => {
  expect(emptied(now, whole)).toEqual([
    expect.objectContaining({
      severity: 'alarm',
      subject: part,
      message: `the newest backup holds ${none} where version version-1 of 2026-02-02 held ${held}`,
      facts: { part, comparedWith: 'version-1' },
    }),
  ]);
});

test('each part that became empty has a finding of its own, which counts as suspicious', () => {
  const found = emptied({ tenant: 1 }, whole);
  expect(found.map(({ subject }) => subject)).toEqual(['hub', 'system', 'identity']);
  const report = { counts: {}, findings: found, seconds: 1 } as unknown as Parameters<typeof metricsOf>[0];
  expect(metricsOf(report)[MetricName.suspiciousBackups]).toBe(3);
});

test.each([
  ['that was always empty', [{ tenant: 1 }, { tenant: 1 }]],
  ['of a first backup', [{ tenant: 1 }]],
  ['that shrank, and holds some', [{ ...whole, identity_users: 1 }, whole]],
  ['that was filled', [whole, { tenant: 1 }]],
])('a part is no finding: %s', (_, nights) => {
  expect(emptied(...nights)).toEqual([]);
});

test('stays a finding beside a second empty backup', () => {
  const empty = { ...whole, identity_users: 0 };
  expect(emptied(empty, empty, whole)).toMatchObject([{ facts: { comparedWith: 'version-1' } }]);
});
