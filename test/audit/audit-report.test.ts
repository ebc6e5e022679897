import { describe, expect, it } from 'vitest';
import { auditReport, freshnessText, type TenantLine } from '../../functions/audit/audit-report.ts';
import { messageOf } from '../../functions/audit/message.ts';
import { metricsOf } from '../../functions/audit/metrics.ts';
import { fleetPage } from '../../functions/audit/report/fleet-page.ts';
import { SETTINGS } from './report/example-fleet.ts';

/** Whatever says that tenants have a fresh backup counts only tenants that have one. */

const NOW = new Date('2026-03-31T06:17:00Z');

/** A tenant in a state, with a backup of the age that it has there. */
function line(freshness: TenantLine['freshness'], index: number): TenantLine {
  const ageSeconds = { fresh: 3600, stale: 200_000, paused: 9_000_000, left: 900_000 }[String(freshness)];
  return {
    tenant: `${freshness}-${index}`,
    schedule: 'nightly',
    freshness,
    newest:
      ageSeconds === undefined
        ? null
        : {
            tier: 'daily',
            versionId: 'v1',
            storedAt: new Date(NOW.getTime() - ageSeconds * 1000).toISOString(),
            ageSeconds,
            sizeBytes: 1,
            verdict: 'good',
            objects: 1,
            credentials: 1,
            changed: 0,
          },
    versions: 1,
    bytes: 1,
  };
}

const reportOf = (states: readonly TenantLine['freshness'][]) =>
  auditReport({
    findings: [],
    tenants: states.map(line),
    keys: [],
    vaultSettings: [],
    messagedAt: null,
    seconds: 1,
    previous: null,
    opened: 0,
    unopened: 0,
    now: NOW,
  });

const pageOf = (states: readonly TenantLine['freshness'][]): string =>
  fleetPage({ report: reportOf(states), histories: [], settings: SETTINGS });

describe.each<[states: TenantLine['freshness'][], text: string, headline: string]>([
  [['fresh', 'fresh'], '2 of 2 tenants have a fresh backup', 'All 2 tenants are safe.'],
  [['fresh'], '1 of 1 tenants have a fresh backup', 'The tenant is safe.'],
  [
    ['new'],
    '0 of 1 tenants have a fresh backup, 1 waits for its first backup',
    'No tenant has a backup yet.',
  ],
  [
    ['fresh', 'new', 'new'],
    '1 of 3 tenants have a fresh backup, 2 wait for their first backup',
    '1 of 3 tenants is safe.',
  ],
  [['fresh', 'paused'], '1 of 1 tenants have a fresh backup, 1 paused', 'The tenant is safe.'],
  [['paused', 'paused'], '0 of 0 tenants have a fresh backup, 2 paused', 'Every tenant is paused.'],
  [['none', 'fresh'], '1 of 2 tenants have a fresh backup', '1 of 2 tenants has no fresh backup.'],
  [['stale', 'paused'], '0 of 1 tenants have a fresh backup, 1 paused', '1 of 1 tenant has no fresh backup.'],
  [['left', 'fresh'], '1 of 1 tenants have a fresh backup', 'The tenant is safe.'],
  [
    ['fresh', 'stale', 'none', 'new', 'paused', 'left'],
    '1 of 4 tenants have a fresh backup, 1 waits for its first backup, 1 paused',
    '2 of 4 tenants have no fresh backup.',
  ],
  [[], '0 of 0 tenants have a fresh backup', 'No tenant is enrolled.'],
])('tenants that are %j', (states, text, headline) => {
  const report = reportOf(states);
  const having = states.filter((state) => state === 'fresh').length;

  it('are counted as fresh only where they have a backup', () => {
    expect(report.counts.fresh).toBe(having);
    expect(metricsOf(report)).toMatchObject({ TenantsFresh: having });
    expect(freshnessText(report.counts)).toBe(text);
    expect(messageOf('Stack', report).text).toContain(text);
  });

  it('have a headline that calls no other tenant safe', () => {
    expect(/<strong>([^<]*)</.exec(pageOf(states))?.[1]).toBe(headline);
  });

  it('are apart from the oldest backup while they are paused', () => {
    const ages = states.map((state) => (state === 'fresh' ? 3600 : state === 'stale' ? 200_000 : 0));
    expect(report.counts.oldestBackupSeconds).toBe(Math.max(0, ...ages));
    expect(metricsOf(report)).toMatchObject({ OldestBackupSeconds: Math.max(0, ...ages) });
    expect(pageOf(states)).not.toContain('paused-');
  });
});
