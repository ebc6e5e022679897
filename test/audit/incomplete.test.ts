import { expect, test } from 'vitest';
import { assessFreshness } from '../../functions/audit/assess/assess-tenant.ts';
import type { TenantHistory, VersionRecord } from '../../functions/audit/history.ts';
import { newestState } from '../../functions/audit/newest-state.ts';
import { versionRecord } from './version-record.ts';

const now = new Date('2026-02-02T03:00:00Z');

const record = (day: string, warnings: Record<string, number> = {}): VersionRecord =>
  versionRecord(
    { versionId: `version-${day}`, etag: `"${day}"`, storedAt: `2026-${day}T02:00:05.000Z` },
    {
      backupId: `2026${day.replace('-', '')}T020000Z-00000000`,
      scheduledTime: `2026-${day}T02:00:00Z`,
      exportedAt: `2026-${day}T02:00:00Z`,
      objects: { tenant: 1 },
      credentials: 1,
      warnings,
    },
  );

const failure = {
  scheduledTime: '2026-02-02T02:00:00Z',
  code: 'PERMISSION_DENIED',
  message: 'denied; incomplete version version-02-02 holds hub without identity',
};

test('an incomplete backup does not count as the newest, and its request as failed', () => {
  const history = {
    tenant: 'acme',
    versions: [record('02-02', { missing_identity: 1 }), record('02-01', { blank_client_secrets: 1 })],
    failures: [failure],
    checks: [],
    events: [],
  } as unknown as TenantHistory;
  expect(newestState(history)?.record.versionId).toBe('version-02-01');
  const enrolled = { tenant: 'acme', schedule: 'nightly', paused: false, enrolledAt: new Date(0) };
  const judge = (hours: number) =>
    assessFreshness(history, enrolled, { schedules: { nightly: hours } }, now).findings;
  expect(judge(26)).toMatchObject([
    {
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('incomplete version version-02-02 holds hub without identity'),
    },
  ]);
  expect(judge(24)).toMatchObject([{ code: 'NO_FRESH_BACKUP', severity: 'alarm' }]);
});
