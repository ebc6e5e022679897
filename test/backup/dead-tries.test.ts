import { expect, test } from 'vitest';
import { reportDeadTries } from '../../functions/backup/backup.ts';
import { mayPass } from '../../functions/backup/may-pass.ts';
import type { TenantBackupError } from '../../functions/errors.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';

const request = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-03-03T02:00:00Z' } as const;

test('a request whose tries all died fails for good, with the number of tries', async () => {
  const error = (await rejectionOf(
    reportDeadTries(request, 5, { vault: new MemoryVault() }),
  )) as TenantBackupError;
  expect(error).toMatchObject({
    code: 'FUNCTION_KILLED',
    message: expect.stringContaining('delivery 5 of 5 ended without a result'),
    facts: { deliveries: 5 },
  });
  expect(mayPass(error)).toBe(false);
});

test('a request whose last try died after it had stored the backup is done', async () => {
  const vault = new MemoryVault();
  const { versionId } = await vault.put('daily', 'acme', Buffer.from('archive'), request.scheduledTime);
  expect(await reportDeadTries(request, 5, { vault })).toMatchObject({ outcome: 'found', versionId });
});
