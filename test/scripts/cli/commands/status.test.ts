import { describe, expect, test } from 'vitest';
import type { BackupStatus } from '../../../../functions/status/backup-status.ts';
import { commandOf, statusText } from '../../../../scripts/cli/commands/status.ts';

test.each([
  [{ send: 'everything' }, 'tenant-backup restore acme'],
  [{ send: 'changes' }, 'tenant-backup restore acme --send changes'],
  [{ send: 'patch' }, 'tenant-backup restore acme --send patch'],
  [{}, 'tenant-backup restore acme'],
  [{ selection: { include: [], exclude: [], dependencies: 'add' } }, 'tenant-backup restore acme'],
  [
    { selection: { include: [{ type: 'clients' }], exclude: [], dependencies: 'add' } },
    'tenant-backup restore acme --selection <file> (same file)',
  ],
  [
    { selection: { include: [], exclude: [{ workspace: 'demo' }] } },
    'tenant-backup restore acme --selection <file> (same file)',
  ],
])('a request of %j is repeated as %s', (request, command) => {
  expect(commandOf({ tenant: 'acme', ...request })).toBe(command);
});

describe('the last backup is shown without an operation', () => {
  const now = new Date('2026-01-31T12:00:00Z');
  const last = {
    request: { tenant: 'acme', tier: 'manual', scheduledTime: '2026-01-31T11:58:00Z' },
    backup: { tier: 'daily', versionId: 'v1', sizeBytes: 41_000, storedAt: '2026-01-31T02:00:00.000Z' },
  } as const;
  const refusal = { code: 'AUTHENTICATION_REFUSED', message: 'invalid_client' } as const;
  const tries = { deliveries: 1, maxDeliveries: 5 };
  const linesOf = (backup: BackupStatus) => statusText({ tenant: 'acme', operation: null, backup }, now);

  test.each<[state: string, status: BackupStatus]>([
    ['waiting', { state: 'waiting', ...last }],
    [
      'running, try 1 of 5, since 2026-01-31 11:59 UTC (60 s ago)',
      { state: 'running', startedAt: '2026-01-31T11:59:00.000Z', ...tries, ...last },
    ],
    [
      'retrying: try 1 of 5 failed, AUTHENTICATION_REFUSED: invalid_client; next try at 12:01',
      { state: 'retrying', retryAt: '2026-01-31T12:01:00.000Z', ...tries, ...refusal, ...last },
    ],
    [
      'unchanged, checked 2026-01-31 11:59 UTC (60 s ago): equals v1',
      { state: 'unchanged', versionId: 'v1', checkedAt: '2026-01-31T11:59:00.000Z', ...last },
    ],
    ['failed, AUTHENTICATION_REFUSED: invalid_client', { state: 'failed', ...refusal, ...last }],
    [
      'forwarded to 2 tenants: ask for one of them, such as tenant-backup status big--a',
      { state: 'forwarded', tenants: ['big--a', 'big--b'], ...last },
    ],
  ])('%s', (state, status) => {
    expect(linesOf(status)).toEqual([
      'last backup    manual, 2026-01-31 11:58 UTC (2 min ago)',
      `state          ${state}`,
      'newest stored  v1 (daily, 41.0 kB), 2026-01-31 02:00 UTC (10 h ago)',
    ]);
  });

  test.each([
    [{ credentials: false }, 'credentials'],
    [{ selection: { include: [], exclude: [{ ids: ['a'] }], dependencies: 'add' } }, 'all but a selection'],
  ] as const)('with what it leaves out: %j', (asked, left) => {
    const request = { ...last.request, ...asked } as NonNullable<BackupStatus['request']>;
    expect(linesOf({ state: 'waiting', ...last, request })).toContain(`leaves out     ${left}`);
  });

  test('stored, its records expired', () => {
    expect(linesOf({ state: 'stored', request: null, backup: last.backup })).toEqual([
      'last backup  -',
      'state        stored',
      'stored       v1 (daily, 41.0 kB), 2026-01-31 02:00 UTC (10 h ago)',
    ]);
  });
});
