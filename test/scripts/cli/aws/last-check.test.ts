import { expect, test } from 'vitest';
import { checkRecord } from '../../../../functions/backup/check-record.ts';
import type { Ledger } from '../../../../functions/vault/storage/ledger.client.ts';
import { lastCheckOf } from '../../../../scripts/cli/aws/last-check.ts';

const CHECK = {
  tenant: 'acme',
  tier: 'daily',
  scheduledTime: '2026-01-31T12:00:00Z',
  checkedAt: '2026-01-31T12:00:03.000Z',
  versionId: 'v1',
  storedFor: '2026-01-31T02:00:00Z',
  digests: {},
} as const;
const VERSION = { tenant: 'acme', tier: 'daily', versionId: 'v1' } as const;

const ledgerWith = (document: unknown): Pick<Ledger, 'read'> => ({
  read: async () => ({ document }) as Awaited<ReturnType<Ledger['read']>>,
});
const recordOf = (changes: object) => checkRecord({ ...CHECK, ...changes }, Buffer.alloc(32, 1));

test('the version that a check found the tenant equal to has the time of the check', async () => {
  expect(await lastCheckOf(VERSION, ledgerWith(recordOf({})))).toBe(CHECK.checkedAt);
});

test.each<[string, unknown, object]>([
  ['that was just stored', recordOf({ storedFor: CHECK.scheduledTime }), {}],
  ['before the one of the check', recordOf({}), { versionId: 'v0' }],
  ['of another tenant', recordOf({ tenant: 'globex' }), {}],
  ['of another tier', recordOf({ tier: 'weekly' }), {}],
  ['of a person', recordOf({ tier: 'manual' }), { tier: 'manual' }],
  ['whose record is none', { checkedAt: '\u001b[2J' }, {}],
])('a version %s has none', async (_, document, changes) => {
  expect(await lastCheckOf({ ...VERSION, ...changes }, ledgerWith(document))).toBeNull();
});

test('a ledger that does not answer is no failure of a list', async () => {
  expect(await lastCheckOf(VERSION, { read: () => Promise.reject(new Error('denied')) })).toBeNull();
});
