import { describe, expect, test } from 'vitest';
import { assessContent, assessFreshness } from '../../functions/audit/assess/assess-tenant.ts';
import { auditReport, freshnessText, tenantLine } from '../../functions/audit/audit-report.ts';
import { dateFindings } from '../../functions/audit/findings.ts';
import type { TenantHistory, VersionRecord } from '../../functions/audit/history.ts';
import { type Facts, versionRecord } from './version-record.ts';

/** What the audit says of backups that leave out credentials or objects. */

const now = new Date('2026-02-03T03:00:00Z');
const enrolled = { tenant: 'acme', schedule: 'nightly', paused: false, enrolledAt: new Date(0) };

type By = 'enrolment' | 'request' | null;

const record = (day: string, by: By, more: Facts = {}): VersionRecord => {
  const tier = by === 'request' ? 'manual' : 'daily';
  return versionRecord(
    { tier, versionId: `version-${day}`, etag: `"${day}"`, storedAt: `2026-${day}T02:00:05.000Z` },
    {
      backupId: `2026${day.replace('-', '')}T020000Z-00000000`,
      scheduledTime: `2026-${day}T02:00:00Z`,
      tier,
      exportedAt: `2026-${day}T02:00:03Z`,
      ...(by !== null && { limits: { by, sha256: 'a'.repeat(64) } }),
      objects: { tenant: 1, client: 100 },
      credentials: 100,
      ...more,
    },
  );
};

const historyOf = (...versions: VersionRecord[]): TenantHistory =>
  ({ tenant: 'acme', versions, failures: [], checks: [], events: [] }) as unknown as TenantHistory;

const assessed = (history: TenantHistory, hours = 26) =>
  assessFreshness(history, enrolled, { schedules: { nightly: hours } }, now);

describe('the newest backup of a tenant', () => {
  test.each<[what: string, versions: VersionRecord[], freshness: string, codes: string[]]>([
    ['is whole', [record('02-03', null)], 'fresh', []],
    [
      'is limited by the enrolment',
      [record('02-03', 'enrolment'), record('02-02', null)],
      'limited',
      ['BACKUPS_LIMITED'],
    ],
    [
      'was limited by the enrolment until today',
      [record('02-03', null), record('02-02', 'enrolment')],
      'fresh',
      [],
    ],
    ['is limited by a request alone', [record('02-03', 'request')], 'none', ['NO_BACKUP']],
    [
      'is limited by a request, and the whole one before is old',
      [record('02-03', 'request'), record('02-01', null)],
      'stale',
      ['NO_FRESH_BACKUP'],
    ],
    [
      'is limited by the enrolment, and old',
      [record('02-01', 'enrolment')],
      'stale',
      ['BACKUPS_LIMITED', 'NO_FRESH_BACKUP'],
    ],
    [
      'is limited by a request of an enrolment that limits all',
      [record('02-03', 'request'), record('02-02', 'enrolment')],
      'limited',
      ['BACKUPS_LIMITED'],
    ],
  ])('%s', (_what, versions, freshness, codes) => {
    const found = assessed(historyOf(...versions));
    expect([found.freshness, found.findings.map(({ code }) => code)]).toEqual([freshness, codes]);
  });
});

test('a limit by the enrolment is a warning that ends, and another limit is another one', () => {
  const [found] = assessed(historyOf(record('02-03', 'enrolment'))).findings;
  const other = record('02-03', 'enrolment', { limits: { by: 'enrolment', sha256: 'b'.repeat(64) } });
  const [changed] = assessed(historyOf(other)).findings;
  if (!found || !changed) throw new Error('there is no finding');
  const since = { ...found, since: '2026-01-01T00:00:00Z' };
  expect(dateFindings([found], [since], now, 14)).toMatchObject([{ severity: 'known' }]);
  expect(dateFindings([changed], [since], now, 14)).toMatchObject([{ severity: 'warning' }]);
});

describe('nights are compared', () => {
  const settings = { shrinkPercent: 20, changePercent: 20, minimumObjects: 5, compareDays: 14 };
  const few = { objects: { tenant: 1, client: 5 }, credentials: 0 };
  const codesOf = (...versions: VersionRecord[]) =>
    assessContent(historyOf(...versions), settings as never, now).map(({ code }) => code);

  test.each<[what: string, versions: VersionRecord[], codes: string[]]>([
    ['whole with whole', [record('02-03', null, few), record('02-02', null)], ['BACKUP_SHRANK']],
    [
      'limited with those of the same limits',
      [record('02-03', 'enrolment', few), record('02-02', 'enrolment')],
      ['BACKUP_SHRANK'],
    ],
    ['never limited with whole', [record('02-03', 'enrolment', few), record('02-02', null)], []],
    [
      'never limited with those of other limits',
      [
        record('02-03', 'enrolment', few),
        record('02-02', 'enrolment', { limits: { by: 'enrolment', sha256: 'b'.repeat(64) } }),
      ],
      [],
    ],
    ['never with what a request asked for', [record('02-03', 'request', few), record('02-02', null)], []],
  ])('%s', (_what, versions, codes) => {
    expect(codesOf(...versions)).toEqual(codes);
  });
});

test('a report counts limited tenants apart from fresh ones', () => {
  const histories = [historyOf(record('02-03', 'enrolment')), historyOf(record('02-03', null))];
  const tenants = histories.map((history) => tenantLine(history, enrolled, assessed(history).freshness, now));
  const { counts } = auditReport({
    findings: [],
    tenants,
    keys: [],
    vaultSettings: [],
    messagedAt: null,
    seconds: 1,
    previous: null,
    opened: 0,
    unopened: 0,
    now,
  });
  expect(counts).toMatchObject({ tenants: 2, fresh: 1, limited: 1, withoutFreshBackup: 0 });
  expect(freshnessText(counts)).toBe('1 of 2 tenants have a fresh backup, 1 a limited one, as enrolled');
});
