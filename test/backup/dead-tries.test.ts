import { expect, test } from 'vitest';
import { reportDeadTries } from '../../functions/backup/backup.ts';
import { checkRecord } from '../../functions/backup/check-record.ts';
import { mayPass } from '../../functions/backup/may-pass.ts';
import type { TenantBackupError } from '../../functions/errors.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { memoryLedger } from './memory-tenant.ts';

const KEY = Buffer.alloc(32, 1);
const tools = () => ({
  vault: new MemoryVault(),
  ...memoryLedger(),
  fingerprintKeys: { derive: async () => KEY },
});

const request = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-03-03T02:00:00Z' } as const;

test('a request whose tries all died fails for good, with the number of tries', async () => {
  const error = (await rejectionOf(reportDeadTries(request, 5, tools()))) as TenantBackupError;
  expect(error).toMatchObject({
    code: 'FUNCTION_KILLED',
    message: expect.stringContaining('delivery 5 of 5 ended without a result'),
    facts: { deliveries: 5 },
  });
  expect(mayPass(error)).toBe(false);
});

test('a request whose last try died after it had stored the backup is done', async () => {
  const { vault, ...rest } = tools();
  const { versionId } = await vault.put('daily', 'acme', Buffer.from('archive'), request.scheduledTime);
  expect(await reportDeadTries(request, 5, { vault, ...rest })).toMatchObject({
    outcome: 'found',
    versionId,
  });
});

test('a request whose last try died after it had found the tenant unchanged is done', async () => {
  const { entries, ...rest } = tools();
  const check = {
    ...request,
    checkedAt: '2026-03-03T02:00:05.000Z',
    versionId: 'version-1',
    storedFor: '2026-03-02T02:00:00Z',
    digests: {},
  };
  const last = { ...request, storeUnchanged: false } as const;
  entries.set('checks/acme/daily.json', checkRecord({ ...check, scheduledTime: check.storedFor }, KEY));
  expect(await rejectionOf(reportDeadTries(last, 5, rest))).toMatchObject({ code: 'FUNCTION_KILLED' });
  entries.set('checks/acme/daily.json', checkRecord(check, KEY));
  expect(await reportDeadTries(last, 5, rest)).toMatchObject({
    outcome: 'unchanged',
    versionId: 'version-1',
  });
});
