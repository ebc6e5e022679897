import { expect, test } from 'vitest';
import { backupOrForward } from '../../functions/backup/forward.ts';
import type { BackupRequest } from '../../functions/backup/request.ts';
import { parseSharedEnrolment } from '../../functions/tenant/shared-enrolment.ts';

const time = { tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' } as const;

test('asks for a backup of each tenant that shares an enrolment, whether its entry is right or wrong', async () => {
  const sent: BackupRequest[] = [];
  const fleet = parseSharedEnrolment({ tenants: { acme: {}, globex: { issuer: 7 } } }, 'fleet');
  const tools = {
    enrolments: { remembered: () => undefined, resolve: async () => fleet },
    send: async (requests: readonly BackupRequest[]) => void sent.push(...requests),
  };
  const report = await backupOrForward(
    { tenant: 'fleet', ...time },
    tools as unknown as Parameters<typeof backupOrForward>[1],
  );
  expect(report).toEqual({ outcome: 'forwarded', tenant: 'fleet', ...time, tenants: 2 });
  expect(sent).toEqual([
    { tenant: 'fleet--acme', ...time },
    { tenant: 'fleet--globex', ...time },
  ]);
});
