import { describe, expect, test } from 'vitest';
import { followBackups, waiting } from '../../../scripts/tenant-backup/follow-backups.ts';

const TIME = { tier: 'manual', scheduledTime: '2026-01-31T02:00:00Z' } as const;

/** An AWS in which something more has happened at each pause. */
function follow(
  asked: readonly string[],
  nights: readonly Readonly<Record<string, 'stored' | 'failed' | readonly string[]>>[],
) {
  let now = 0;
  const left: (readonly string[])[] = [];
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
          if (kind === 'failures' && what === 'failed')
            return { document: { tenant, scheduledTime, code: 'TENANT_UNAVAILABLE', message: 'no' } };
          return kind === 'forwards' && Array.isArray(what) ? { document: { tenants: what } } : null;
        },
      } as never,
      onLeft: (tenants) => left.push(tenants),
      isOver: () => now >= nights.length,
      pause: async () => void now++,
    },
  );
  return results.then((found) => ({
    left,
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

test('a tenant of its own is followed as before', async () => {
  expect(
    (await follow(['acme', 'globex'], [{}, { acme: 'stored' }, { globex: 'failed' }, {}])).found,
  ).toEqual({ acme: 'stored', globex: 'failed' });
});
