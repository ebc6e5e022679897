import { expect, test } from 'vitest';
import type { TenantHistory, VersionRecord } from '../../functions/audit/history.ts';
import { markReplays } from '../../functions/audit/mark-replays.ts';
import { growthOf } from '../steps.ts';

/** A backup of every quarter of an hour. */
function record(quarter: number): VersionRecord {
  const time = (milliseconds: number) =>
    new Date(Date.UTC(2026) + quarter * 900_000 + milliseconds).toISOString();
  return {
    tier: 'daily',
    versionId: `v${quarter}`,
    etag: `"${quarter}"`,
    storedAt: time(5_000),
    sizeBytes: 1,
    gone: false,
    verdict: 'ok',
    problem: null,
    uploadedBy: null,
    manifest: {
      backupId: `b${quarter}`,
      scheduledTime: time(0),
      tier: 'daily',
      previous: null,
      exportedAt: time(0),
      contentTime: null,
      adopted: false,
      keys: [],
      escrow: false,
      objects: {},
      credentials: 0,
      warnings: {},
    },
    change: null,
  };
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
