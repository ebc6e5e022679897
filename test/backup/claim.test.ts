import { describe, expect, it } from 'vitest';
import { claimRequest } from '../../functions/backup/claim.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import type { Ledger } from '../../functions/vault/storage/ledger.client.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { clockFrom, memoryClaims } from './memory-claims.ts';

const request = { tenant: 'acme', tier: 'daily', scheduledTime: '2026-03-03T02:00:00Z' } as const;

/** Deliveries of one request, each with a clock of its own, that share vault and ledger. */
function deliveries(ledger: Ledger = memoryClaims()) {
  const vault = new MemoryVault();
  const store = () => vault.put('daily', 'acme', Buffer.from('archive'), request.scheduledTime);
  const at = (start: string) => {
    const { now, sleep } = clockFrom(start);
    const slept: number[] = [];
    const retryTools = {
      random: () => 0,
      async sleep(milliseconds: number) {
        slept.push(milliseconds);
        await sleep(milliseconds);
      },
    };
    return { now, slept, claim: () => claimRequest(request, 'whole', { vault, ledger, now, retryTools }) };
  };
  return { vault, store, at };
}

describe('a claim', () => {
  it.each([
    ['at the same moment', '2026-03-03T02:03:00Z', '2026-03-03T02:03:00Z'],
    ['in the next window', '2026-03-03T02:03:59Z', '2026-03-03T02:04:00Z'],
    ['in the window before, by a slow clock', '2026-03-03T02:04:00Z', '2026-03-03T02:03:59Z'],
  ])('lets one delivery store, and the other find its version: %s', async (_, first, second) => {
    const { at, store } = deliveries();
    expect(await at(first).claim()).toBeNull();
    const loser = at(second);
    const waiting = loser.claim();
    const { versionId } = await store();
    expect(await waiting).toMatchObject({ versionId });
  });

  it.each([2, 5, 20])('of %i deliveries that race goes to one', async (count) => {
    const { at, store, vault } = deliveries();
    const outcomes = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const found = await at(`2026-03-03T02:0${index % 4}:59Z`).claim();
        if (found === null) await store();
        return found;
      }),
    );
    expect(outcomes.filter((found) => found === null)).toHaveLength(1);
    expect(await vault.listVersions('daily', 'acme')).toHaveLength(1);
  });

  it('of a delivery that died ends after two to four minutes, and the next one stores the backup', async () => {
    const { at } = deliveries();
    expect(await at('2026-03-03T02:03:00Z').claim()).toBeNull();
    const next = at('2026-03-03T02:04:30Z');
    expect(await next.claim()).toBeNull();
    expect(next.now().toISOString()).toBe('2026-03-03T02:06:00.000Z');
  });

  it('that comes after the end of another one finds the version that this one stored', async () => {
    const { at, store } = deliveries();
    expect(await at('2026-03-03T02:03:00Z').claim()).toBeNull();
    const { versionId } = await store();
    const late = at('2026-03-03T02:30:00Z');
    expect(await late.claim()).toMatchObject({ versionId });
    expect(late.slept).toEqual([]);
  });

  it.each(['AWS_UNAVAILABLE', 'AWS_ACCESS_DENIED'] as const)(
    'is not needed where the ledger answers %s: the backup is',
    async (code) => {
      const create = async () => {
        throw new TenantBackupError(code, 's3:PutObject failed');
      };
      expect(
        await deliveries({ create } as unknown as Ledger)
          .at('2026-03-03T02:03:00Z')
          .claim(),
      ).toBeNull();
    },
  );
});
