import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, TenantBackupError } from '../../../functions/errors.ts';
import { pauseBeforeRetry, type RetryPolicy, withRetry } from '../../../functions/tenant/http/retry.ts';
import { rejectionOf } from '../../rejection.ts';

const unavailable = (retryAfterSeconds?: number) =>
  new TenantBackupError(
    'TENANT_UNAVAILABLE',
    'away',
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 10 }),
  budgetMilliseconds: fc.integer({ min: 0, max: 200_000 }),
  baseMilliseconds: fc.integer({ min: 0, max: 5_000 }),
});

const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Run an operation that always fails, with pauses that only count. */
async function exhaust(
  policy: RetryPolicy,
  random: number,
  retryAfter: (attempt: number) => number | undefined,
) {
  const pauses: number[] = [];
  let attempts = 0;
  const error = await rejectionOf(
    withRetry(
      async () => {
        attempts++;
        throw unavailable(retryAfter(attempts));
      },
      policy,
      { sleep: async (milliseconds) => void pauses.push(milliseconds), random: () => random },
    ),
  );
  return { pauses, attempts, error };
}

describe('withRetry', () => {
  test('never tries more often or waits longer than its policy says', async () => {
    await fc.assert(
      fc.asyncProperty(
        policies,
        randoms,
        fc.array(fc.integer({ min: 0, max: 90 })),
        async (policy, random, asked) => {
          const { pauses, attempts, error } = await exhaust(policy, random, (attempt) => asked[attempt - 1]);
          expect(attempts).toBeLessThanOrEqual(policy.maxAttempts);
          expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(
            policy.budgetMilliseconds,
          );
          expect(pauses).toHaveLength(attempts - 1);
          expect(error.code).toBe('TENANT_UNAVAILABLE');
        },
      ),
    );
  });

  test('never asks earlier than the tenant wants to be asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        policies,
        randoms,
        fc.integer({ min: 1, max: 60 }),
        async (policy, random, seconds) => {
          const { pauses } = await exhaust(policy, random, () => seconds);
          for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(seconds * 1000);
        },
      ),
    );
  });

  test('gives up at once where the tenant asks for more than the budget', async () => {
    const policy = { maxAttempts: 5, budgetMilliseconds: 120_000, baseMilliseconds: 1_000 };
    expect(await exhaust(policy, 0.5, () => 121)).toMatchObject({ attempts: 1, pauses: [] });
  });

  test('doubles its pauses, each between half and whole', async () => {
    const policy = { maxAttempts: 4, budgetMilliseconds: 1_000_000, baseMilliseconds: 1_000 };
    expect((await exhaust(policy, 0, () => undefined)).pauses).toEqual([500, 1000, 2000]);
    const { pauses } = await exhaust(policy, 0.999_999, () => undefined);
    expect(pauses.map(Math.round)).toEqual([1000, 2000, 4000]);
  });

  test('gives the first result that comes', async () => {
    let attempts = 0;
    const operation = async () => {
      attempts++;
      if (attempts < 3) throw unavailable();
      return 'result';
    };
    const policy = { maxAttempts: 5, budgetMilliseconds: 10_000, baseMilliseconds: 1 };
    const tools = { sleep: async () => {}, random: () => 0 };
    expect(await withRetry(operation, policy, tools)).toBe('result');
    expect(attempts).toBe(3);
  });

  test.each<ErrorCode>(['PERMISSION_DENIED', 'EXPORT_MALFORMED', 'CONTEXT_MISMATCH'])(
    'does not repeat what ended with %s',
    async (code) => {
      let attempts = 0;
      const operation = async () => {
        attempts++;
        throw new TenantBackupError(code, 'no');
      };
      const policy = { maxAttempts: 5, budgetMilliseconds: 10_000, baseMilliseconds: 1 };
      await rejectionOf(withRetry(operation, policy, { sleep: async () => {}, random: () => 0 }));
      expect(attempts).toBe(1);
    },
  );

  test('repeats neither a foreign error nor what the caller forbids', async () => {
    const policy = { maxAttempts: 5, budgetMilliseconds: 10_000, baseMilliseconds: 1 };
    const tools = { sleep: () => Promise.reject(new Error('must not sleep')), random: () => 0 };
    const foreign = new TypeError('mistake');
    await expect(withRetry(() => Promise.reject(foreign), policy, tools)).rejects.toBe(foreign);
    const forbidden = unavailable();
    await expect(
      withRetry(
        () => Promise.reject(forbidden),
        policy,
        tools,
        () => false,
      ),
    ).rejects.toBe(forbidden);
  });
});

describe('pauseBeforeRetry', () => {
  test('is final at the last attempt', () => {
    const policy = { maxAttempts: 2, budgetMilliseconds: 10_000, baseMilliseconds: 1_000 };
    expect(pauseBeforeRetry(unavailable(), 1, 0, policy, () => 0)).toBe(500);
    expect(pauseBeforeRetry(unavailable(), 2, 0, policy, () => 0)).toBeNull();
  });

  test('may use up the budget and not a millisecond more', () => {
    const policy = { maxAttempts: 9, budgetMilliseconds: 10_000, baseMilliseconds: 1_000 };
    expect(pauseBeforeRetry(unavailable(4), 1, 6_000, policy, () => 0)).toBe(4_000);
    expect(pauseBeforeRetry(unavailable(4), 1, 6_001, policy, () => 0)).toBeNull();
  });
});
