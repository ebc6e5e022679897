import { describe, expect, test } from 'vitest';
import { followBackups, waiting } from '../../../../scripts/cli/aws/follow-backups.ts';

const TIME = { tier: 'manual', scheduledTime: '2026-01-31T02:00:00Z' } as const;

/** What the ledger holds of a failed try, by its number, or of a failure for good. */
const failureOf = (what: number | 'failed') =>
  what === 'failed'
    ? { code: 'TENANT_UNAVAILABLE', message: 'no', final: true }
    : {
        code: 'AUTHENTICATION_REFUSED',
        message: 'invalid_client',
        final: false,
        deliveries: what,
        maxDeliveries: 5,
        retryAt: '2026-01-31T02:01:00.000Z',
      };

/** An AWS in which something more has happened at each pause: a number is a try that failed. */
function follow(
  asked: readonly string[],
  nights: readonly Readonly<Record<string, 'stored' | 'failed' | number | readonly string[]>>[],
) {
  let now = 0;
  const left: (readonly string[])[] = [];
  const tries: string[] = [];
  const at = (tenant: string) =>
    nights.slice(0, now + 1).reduce((last, night) => night[tenant] ?? last, undefined as unknown);
  const version = { versionId: 'v1', sizeBytes: 7 };
  const results = followBackups(
    asked.map((tenant) => waiting({ tenant, ...TIME })),
    {
      vault: {
        findScheduled: async (_tier: string, tenant: string) => (at(tenant) === 'stored' ? version : null),
      } as never,
      ledger: {
        read: async (kind: string, tenant: string, scheduledTime: string) => {
          const what = at(tenant);
          if (kind === 'failures' && (what === 'failed' || typeof what === 'number'))
            return { document: { tenant, scheduledTime, ...failureOf(what) } };
          return kind === 'forwards' && Array.isArray(what) ? { document: { tenants: what } } : null;
        },
      } as never,
      now: () => new Date(TIME.scheduledTime),
      onPending: (tenants) => left.push(tenants),
      onFailedTry: ({ tenant, failedTry }) =>
        tries.push(
          `${tenant} ${failedTry?.deliveries}/${failedTry?.maxDeliveries} ${failedTry?.code} ${failedTry?.retryAt}`,
        ),
      isTimedOut: () => now >= nights.length,
      pause: async () => void now++,
    },
  );
  return results.then((found) => ({
    left,
    tries,
    results: found,
    pauses: now,
    found: Object.fromEntries(found.map(({ tenant, outcome }) => [tenant, outcome])),
  }));
}

describe('an enrolment of many tenants', () => {
  test('ends when all of its tenants are stored, with a result for each', async () => {
    const { found, pauses } = await follow(
      ['big'],
      [
        {},
        { big: ['big--a', 'big--b', 'big--c'] },
        { 'big--a': 'stored', 'big--c': 'stored' },
        { 'big--b': 'stored' },
        {},
        {},
      ],
    );
    expect(found).toEqual({ 'big--a': 'stored', 'big--b': 'stored', 'big--c': 'stored' });
    expect(pauses).toBe(3);
  });

  test('tells which of its tenants are left', async () => {
    const { left } = await follow(
      ['big', 'acme'],
      [{ big: ['big--a', 'big--b'], acme: 'stored' }, { 'big--a': 'stored' }, { 'big--b': 'stored' }],
    );
    expect(left).toEqual([['big--a', 'big--b'], ['big--a', 'big--b'], ['big--b']]);
  });

  test('ends with the failure of one of them beside the others', async () => {
    const { found } = await follow(
      ['big'],
      [{ big: ['big--a', 'big--b'] }, { 'big--a': 'failed', 'big--b': 'stored' }, {}],
    );
    expect(found).toEqual({ 'big--a': 'failed', 'big--b': 'stored' });
  });

  test('ends with its own failure, where its tenants could not be learned', async () => {
    expect((await follow(['big'], [{}, { big: 'failed' }, {}])).found).toEqual({ big: 'failed' });
  });

  test('waits for those that do not come for as long as it may', async () => {
    const { found, pauses } = await follow(
      ['big'],
      [{ big: ['big--a', 'big--b'] }, { 'big--a': 'stored' }, {}, {}],
    );
    expect(found).toEqual({ 'big--a': 'stored', 'big--b': 'waiting' });
    expect(pauses).toBe(4);
  });

  test('counts a tenant once that is asked for by itself as well', async () => {
    const { found } = await follow(
      ['big--a', 'big'],
      [{ big: ['big--a', 'big--b'] }, { 'big--a': 'stored', 'big--b': 'stored' }, {}],
    );
    expect(found).toEqual({ 'big--a': 'stored', 'big--b': 'stored' });
  });
});

describe('a try that failed and is followed by another one', () => {
  const told = (number: number) => `acme ${number}/5 AUTHENTICATION_REFUSED 2026-01-31T02:01:00.000Z`;

  test('is told once, and waited for until a later one is stored', async () => {
    const { found, tries, results } = await follow(
      ['acme'],
      [{}, { acme: 1 }, {}, {}, { acme: 2 }, {}, { acme: 'stored' }, {}],
    );
    expect(tries).toEqual([told(1), told(2)]);
    expect(found).toEqual({ acme: 'stored' });
    expect(results[0]).toMatchObject({ versionId: 'v1', code: null, failedTry: null });
  });

  test('is no failure for good, which ends the waiting', async () => {
    const { found, tries, pauses, results } = await follow(
      ['acme'],
      [{ acme: 1 }, { acme: 2 }, { acme: 3 }, { acme: 4 }, { acme: 'failed' }, {}],
    );
    expect(tries).toEqual([told(1), told(2), told(3), told(4)]);
    expect(found).toEqual({ acme: 'failed' });
    expect(results[0]).toMatchObject({ code: 'TENANT_UNAVAILABLE', failedTry: null });
    expect(pauses).toBe(4);
  });

  test('is what is known of a tenant when the time to wait is over', async () => {
    const { found, results } = await follow(['acme'], [{}, { acme: 1 }, {}]);
    expect(found).toEqual({ acme: 'waiting' });
    expect(results[0]?.failedTry).toMatchObject({ deliveries: 1, code: 'AUTHENTICATION_REFUSED' });
  });

  test('of an enrolment of many is told as well, and of each of its tenants', async () => {
    const { tries } = await follow(
      ['big'],
      [{ big: 1 }, { big: ['big--a', 'big--b'] }, { 'big--a': 1, 'big--b': 2 }, {}],
    );
    expect(tries.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'big 1/5',
      'big--a 1/5',
      'big--b 2/5',
    ]);
  });
});

test('a tenant of its own is followed as before', async () => {
  expect(
    (await follow(['acme', 'globex'], [{}, { acme: 'stored' }, { globex: 'failed' }, {}])).found,
  ).toEqual({ acme: 'stored', globex: 'failed' });
});
