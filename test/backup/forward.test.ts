import { expect, test } from 'vitest';
import { backup } from '../../functions/backup/backup.ts';
import { tenantsOfForward } from '../../functions/backup/forward-record.ts';
import type { BackupRequest } from '../../functions/backup/request.ts';
import { parseSharedEnrolment } from '../../functions/tenant/enrolment/shared-enrolment.ts';

const time = { tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;

test('asks for a backup of each tenant that shares an enrolment, whether its entry is right or wrong', async () => {
  const sent: BackupRequest[] = [];
  const written: unknown[][] = [];
  const fleet = parseSharedEnrolment({ tenants: { acme: {}, globex: { issuer: 7 } } }, 'fleet');
  const tools = {
    enrolments: { resolve: async () => fleet },
    ledger: { write: async (...entry: unknown[]) => void written.push(entry) },
    send: async (requests: readonly BackupRequest[]) => void sent.push(...requests),
  };
  const request = { tenant: 'fleet', ...time, description: 'before release 7', credentials: false } as const;
  const report = await backup(request, tools as unknown as Parameters<typeof backup>[1]);
  expect(report).toEqual({ outcome: 'forwarded', tenant: 'fleet', ...time, tenants: 2, recorded: true });
  expect(sent).toEqual([
    { ...request, tenant: 'fleet--acme' },
    { ...request, tenant: 'fleet--globex' },
  ]);
  const record = { ...request, tenants: ['fleet--acme', 'fleet--globex'] };
  expect(written).toEqual([['forwards', 'fleet', time.scheduledTime, record]]);
  expect(tenantsOfForward(record)).toEqual(record.tenants);
});

test('asks for changes alone where the request does', async () => {
  const sent: BackupRequest[] = [];
  const tools = {
    enrolments: { resolve: async () => parseSharedEnrolment({ tenants: { acme: {} } }, 'fleet') },
    ledger: { write: async () => '' },
    send: async (requests: readonly BackupRequest[]) => void sent.push(...requests),
  };
  const request = { tenant: 'fleet', ...time, storeUnchanged: false } as const;
  await backup(request, tools as unknown as Parameters<typeof backup>[1]);
  expect(sent).toEqual([{ ...request, tenant: 'fleet--acme' }]);
});

test('asks all the same where the ledger cannot be written', async () => {
  const sent: BackupRequest[] = [];
  const tools = {
    enrolments: {
      remembered: () => undefined,
      resolve: async () => parseSharedEnrolment({ tenants: { acme: {} } }, 'fleet'),
    },
    ledger: { write: () => Promise.reject(new Error('no')) },
    send: async (requests: readonly BackupRequest[]) => void sent.push(...requests),
  };
  expect(
    await backup({ tenant: 'fleet', ...time }, tools as unknown as Parameters<typeof backup>[1]),
  ).toMatchObject({ outcome: 'forwarded', recorded: false });
  expect(sent).toHaveLength(1);
});

test.each([null, [], {}, { tenants: [] }, { tenants: ['../x'] }, { tenants: 'acme' }])(
  'believes no entry like %j',
  (document) => {
    expect(tenantsOfForward(document)).toBeNull();
  },
);
