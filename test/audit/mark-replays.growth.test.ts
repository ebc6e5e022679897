import { expect, test } from 'vitest';
import type { TenantHistory, VersionRecord } from '../../functions/audit/history.ts';
import { markReplays } from '../../functions/audit/mark-replays.ts';
import { growthOf } from '../steps.ts';
import { versionRecord } from './version-record.ts';

/** A backup of every quarter of an hour. */
function record(quarter: number): VersionRecord {
  const time = (milliseconds: number) =>
    new Date(Date.UTC(2026) + quarter * 900_000 + milliseconds).toISOString();
  return versionRecord(
    { versionId: `v${quarter}`, etag: `"${quarter}"`, storedAt: time(5_000) },
    { backupId: `b${quarter}`, scheduledTime: time(0), exportedAt: time(0) },
  );
}

const historyOf = (count: number): TenantHistory => ({
  formatVersion: 1,
  tenant: 'acme',
  versions: Array.from({ length: count }, (_, index) => record(count - index)),
  failures: [],
  checks: [],
  enrolments: [],
  events: [],
});

test('the work of finding replays grows with the number of versions, and not with its square', async () => {
  const vault = { uploadedBy: async () => null };
  const prepare = (count: number) => {
    const history = historyOf(count);
    return () => markReplays(history, { vault });
  };
  expect(await growthOf(prepare, 500)).toBeLessThan(2.1);
});
