import { describe, expect, test } from 'vitest';
import { type ErrorCode, TenantBackupError } from '../../../functions/errors.ts';
import type { OperationRecord } from '../../../functions/restore/record/operation.ts';
import { openJournal } from '../../../functions/restore/record/operation-journal.ts';

const OPERATION = {
  operationId: '0f0e0d0c-0000-4000-8000-000000000000',
  operation: 'restore',
  tenant: 'acme',
  requestedBy: null,
  requestId: null,
  request: { tenant: 'acme' },
} as const;

const END = { outcome: 'restored', counts: { compared: 7, equal: 7 } } as const;

/** A ledger whose next writes fail: before it takes the record, or after, so that only the answer is lost. */
function failingLedger() {
  let stored: { record: OperationRecord; etag: string } | null = null;
  let failures: { code: ErrorCode; isStored: boolean }[] = [];
  let tries = 0;
  const put = (record: OperationRecord) => {
    stored = { record, etag: `"${++tries}"` };
    return stored.etag;
  };
  return {
    fail(times: number, code: ErrorCode = 'AWS_UNAVAILABLE', isStored = false) {
      failures = Array.from({ length: times }, () => ({ code, isStored }));
    },
    stored: () => stored?.record,
    tries: () => tries,
    async replace(_kind: string, _tenant: string, _id: string, document: object, etag: string | null) {
      const failure = failures.shift();
      if (failure?.isStored !== true && failure) {
        tries++;
        throw new TenantBackupError(failure.code, 's3:PutObject failed');
      }
      if (etag !== (stored?.etag ?? null)) throw new TenantBackupError('ENTRY_CHANGED', 'changed');
      const written = put(document as OperationRecord);
      if (failure) throw new TenantBackupError(failure.code, 's3:PutObject failed');
      return written;
    },
    read: async () => (stored ? { document: structuredClone(stored.record), etag: stored.etag } : null),
  };
}

async function opened(remainingMilliseconds = () => Number.POSITIVE_INFINITY) {
  const ledger = failingLedger();
  const slept: number[] = [];
  const tools = {
    ledger: ledger as never,
    now: () => new Date('2026-01-31T03:00:00Z'),
    retryTools: { sleep: async (milliseconds: number) => void slept.push(milliseconds / 1000) },
  };
  const journal = await openJournal(OPERATION, tools, remainingMilliseconds);
  return { ledger, slept, journal };
}

describe('the end of an operation', () => {
  test.each([
    ['throttled', 'AWS_UNAVAILABLE', 3, false],
    ['refused for a moment', 'AWS_ACCESS_DENIED', 2, false],
    ['with expired credentials', 'AWS_NOT_CONFIGURED', 5, false],
    ['stored, but the answers are lost', 'AWS_UNAVAILABLE', 1, true],
  ] as const)('is recorded although the ledger is %s', async (_, code, times, isStored) => {
    const { ledger, journal, slept } = await opened();
    ledger.fail(times, code, isStored);
    expect(await journal.end('verified', END)).toBe(true);
    expect(slept).toHaveLength(times);
    expect(ledger.stored()).toMatchObject({ phase: 'verified', ...END });
    expect(ledger.stored()?.phases.map(({ phase }) => phase)).toEqual(['locked', 'verified']);
  });

  test('is tried for about a minute, and then reported as not recorded', async () => {
    const { ledger, journal, slept } = await opened();
    ledger.fail(1000);
    expect(await journal.end('verified', END)).toBe(false);
    expect(slept.reduce((sum, each) => sum + each)).toBe(63);
    expect(journal.record).toMatchObject({ phase: 'verified' });
  });

  test('leaves the function the time to answer', async () => {
    let remaining = 20_000;
    const { ledger, journal, slept } = await opened(() => {
      remaining -= 3_000;
      return remaining;
    });
    ledger.fail(1000);
    expect(await journal.end('failed', { outcome: 'unknown' })).toBe(false);
    expect(slept).toEqual([1, 2]);
  });

  test('is not written over the record of another process', async () => {
    const { ledger, journal, slept } = await opened();
    ledger.fail(1, 'ENTRY_CHANGED');
    expect(await journal.end('verified', END)).toBe(false);
    expect(slept).toEqual([]);
  });
});

test('a phase that is only noted is tried once', async () => {
  const { ledger, journal, slept } = await opened();
  ledger.fail(1);
  expect(await journal.note('verifying')).toBe(false);
  expect(slept).toEqual([]);
});
