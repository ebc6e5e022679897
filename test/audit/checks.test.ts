import { describe, expect, test } from 'vitest';
import { assessFreshness } from '../../functions/audit/assess/assess-tenant.ts';
import { tenantLine } from '../../functions/audit/audit-report.ts';
import { parseHistory, updateHistory, type VersionRecord } from '../../functions/audit/history.ts';
import { entryOf, isOfKey } from '../../functions/audit/ledger-events.ts';
import { daysBefore, nightsOf } from '../../functions/audit/report/nights.ts';
import type { Tier } from '../../functions/runtime/names.ts';

/** Tenants whose schedule stores no unchanged backup: a check is as good as a backup, for the version that it names. */

const NOW = new Date('2026-02-03T12:00:00Z');
const enrolled = { tenant: 'acme', schedule: 'often', paused: false, enrolledAt: new Date(0) };

interface Stored {
  readonly tier?: Tier;
  readonly versionId: string;
  readonly at: string;
  readonly etag?: string;
  readonly verdict?: VersionRecord['verdict'];
  readonly warnings?: Record<string, number>;
}

const DAILY: Stored = { versionId: 'v1', at: '2026-02-01T00:00:05Z' };
const check = {
  kind: 'check',
  tenant: 'acme',
  tier: 'daily',
  versionId: 'v1',
  at: '2026-02-03T11:55:00.000Z',
} as const;

/** A history as an audit writes it, and the next one reads it. */
function historyOf(stored: readonly Stored[], events: Parameters<typeof updateHistory>[3] = [check]) {
  const listed = stored.map(({ tier = 'daily', versionId, at, etag = `"${versionId}"` }) => ({
    tier,
    tenant: 'acme',
    versionId,
    etag,
    sizeBytes: 1,
    storedAt: new Date(at),
  }));
  const history = updateHistory('acme', null, listed, events, NOW);
  const versions = history.versions.map((record) => {
    const { verdict = 'ok', warnings = {} } =
      stored.find(({ versionId }) => versionId === record.versionId) ?? {};
    const manifest = { tier: record.tier, resealedFrom: null, objects: {}, credentials: 0, warnings };
    return { ...record, verdict, manifest } as unknown as VersionRecord;
  });
  return { ...history, versions };
}

/** The line of the report, and the codes of findings, where a backup may be three hours old. */
function assess(history: ReturnType<typeof historyOf>, now = NOW) {
  const { freshness, findings } = assessFreshness(history, enrolled, { schedules: { often: 3 } }, now);
  const { newest } = tenantLine(history, enrolled, freshness, now);
  return { freshness, newest, codes: findings.map(({ code }) => code) };
}

describe('a check of the newest version', () => {
  test('keeps the tenant fresh, and tells its time', () => {
    const { newest, ...rest } = assess(historyOf([DAILY]));
    expect(rest).toEqual({ freshness: 'fresh', codes: [] });
    expect(newest).toMatchObject({ versionId: 'v1', checkedAt: check.at, ageSeconds: 300 });
  });

  test('counts for the copies of the version in longer tiers', () => {
    const copies = ['weekly', 'monthly'].map((tier) => ({ ...DAILY, tier: tier as Tier, etag: '"same"' }));
    const { freshness, newest } = assess(historyOf([{ ...DAILY, etag: '"same"' }, ...copies]));
    expect(freshness).toBe('fresh');
    expect(newest).toMatchObject({ tier: 'daily', checkedAt: check.at });
  });

  test('settles the failures before it, and none after it', () => {
    const failed = (scheduledTime: string) =>
      assess(
        historyOf(
          [DAILY],
          [check, { kind: 'failure', tenant: 'acme', scheduledTime, code: 'X', message: 'y' }],
        ),
      ).codes;
    expect(failed('2026-02-03T11:50:00Z')).toEqual([]);
    expect(failed('2026-02-03T11:56:00Z')).toEqual(['BACKUP_FAILED']);
  });

  test('grows old as a backup does', () => {
    expect(assess(historyOf([DAILY]), new Date('2026-02-03T15:00:00Z'))).toMatchObject({
      freshness: 'stale',
      codes: ['NO_FRESH_BACKUP'],
    });
  });

  test('makes its night no missing one', () => {
    const stateOf = (at: string) => {
      const dates = daysBefore('2026-02-04', 4);
      const nights = nightsOf(historyOf([DAILY], [{ ...check, at }]), 3, { lateMinutes: 120 }, dates, NOW);
      return nights.map(({ state }) => state);
    };
    expect(stateOf('2026-02-03T11:55:00.000Z')).toEqual(['taken', 'missed', 'unchanged', 'none']);
    expect(stateOf('2026-02-02T11:55:00.000Z')).toEqual(['taken', 'unchanged', 'missed', 'none']);
  });

  test('is remembered by the next audit, one for each day', () => {
    const earlier = { ...check, at: '2026-02-02T23:55:00.000Z' } as const;
    const { checks } = historyOf([DAILY], [earlier, check]);
    expect(checks.map(({ at }) => at)).toEqual([check.at, earlier.at]);
    const known = parseHistory(
      {
        ...updateHistory(
          'acme',
          null,
          [],
          [earlier, { ...check, at: '2026-02-03T10:00:00.000Z' }, check],
          NOW,
        ),
      },
      'acme',
    );
    expect(updateHistory('acme', known, [], [], NOW).checks).toEqual(checks);
    expect(
      parseHistory({ formatVersion: 1, tenant: 'acme', versions: [], failures: [], events: [] }, 'acme'),
    ).toMatchObject({ checks: [] });
  });
});

describe('a check is worth nothing', () => {
  test.each<[string, Stored[]]>([
    ['without its version', []],
    ['of another version', [{ ...DAILY, versionId: 'v0' }]],
    ['of a broken version', [{ ...DAILY, verdict: 'broken' }]],
    ['of an incomplete version', [{ ...DAILY, warnings: { missing_identity: 1 } }]],
    ['of a version in another tier', [{ ...DAILY, tier: 'weekly' }]],
    ['where the tier has a newer version', [DAILY, { versionId: 'v2', at: '2026-02-01T00:05:05Z' }]],
    [
      'where the tier has a newer version that is broken',
      [DAILY, { versionId: 'v2', at: '2026-02-01T00:05:05Z', verdict: 'broken' }],
    ],
    [
      'where a manual backup is newer',
      [DAILY, { tier: 'manual', versionId: 'm', at: '2026-02-01T00:05:05Z' }],
    ],
  ])('%s', (_, stored) => {
    const { freshness, newest } = assess(historyOf(stored));
    expect(freshness).not.toBe('fresh');
    expect(newest?.checkedAt ?? null).toBeNull();
  });

  const RECORD = {
    tenant: 'acme',
    tier: 'daily',
    scheduledTime: '2026-02-03T11:55:00Z',
    checkedAt: check.at,
    versionId: 'v1',
  };
  const WRITTEN = new Date('2026-02-03T11:55:02Z');
  test.each<[string, string, unknown]>([
    ['of another tenant', 'checks/globex/daily.json', RECORD],
    ['of another tier', 'checks/acme/weekly.json', RECORD],
    ['of the future', 'checks/acme/daily.json', { ...RECORD, checkedAt: '2026-02-03T13:00:00Z' }],
    ['of no tier', 'checks/acme/hourly.json', { ...RECORD, tier: 'hourly' }],
    ['without a version', 'checks/acme/daily.json', { ...RECORD, versionId: undefined }],
    ['that is no document', 'checks/acme/daily.json', undefined],
  ])('whose record is one %s', (_, key, document) => {
    const entry = entryOf('checks', document);
    expect(entry !== null && isOfKey(entry, key, WRITTEN)).toBe(false);
  });

  test('but a record of its own key is an event', () => {
    const entry = entryOf('checks', { ...RECORD, digests: {}, mac: '' });
    expect(entry && isOfKey(entry, 'checks/acme/daily.json', WRITTEN) && entry.event).toEqual(check);
  });
});
