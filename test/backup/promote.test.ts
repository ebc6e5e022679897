import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueTiers, promote } from '../../functions/backup/promote.ts';
import { TIERS, type Tier } from '../../functions/runtime/names.ts';
import {
  CALENDAR_TIERS,
  type CalendarTier,
  isWithin,
  periodOf,
} from '../../functions/vault/retention/calendar.ts';
import type { Vault } from '../../functions/vault/storage/vault.client.ts';

interface Stored {
  readonly tier: Tier;
  readonly scheduledTime: string;
  readonly bytes: Uint8Array;
}

/** A vault in memory that only remembers; `failAfter` puts, it breaks down. */
function memoryVault(failAfter = Number.POSITIVE_INFINITY) {
  const stored: Stored[] = [];
  let puts = 0;
  const vault: Pick<Vault, 'findWithin' | 'put'> = {
    async findWithin(tier, tenant, period) {
      const found = stored.find((one) => one.tier === tier && isWithin(period, new Date(one.scheduledTime)));
      return found
        ? { tier, tenant, versionId: 'v', etag: '', sizeBytes: 0, storedAt: new Date(found.scheduledTime) }
        : null;
    },
    async put(tier, _tenant, bytes, scheduledTime) {
      if (++puts > failAfter) throw new Error('S3 broke down');
      stored.push({ tier, scheduledTime, bytes });
      return { versionId: `v${stored.length}`, etag: '' };
    },
  };
  return { stored, vault, tiers: () => stored.map(({ tier }) => tier) };
}

const backup = (scheduledTime: string, tier: Tier = 'daily') => ({
  tenant: 'acme',
  tier,
  scheduledTime,
  bytes: Buffer.from(`archive of ${scheduledTime}`),
  extent: 'whole' as const,
});

/** Find what is due, and put it there.
 * @returns the tiers that got a copy */
async function copy(
  taken: ReturnType<typeof backup>,
  enabled: readonly CalendarTier[],
  vault: Pick<Vault, 'findWithin' | 'put'>,
): Promise<CalendarTier[]> {
  const due = await dueTiers(taken, enabled, vault);
  await promote(taken, due, vault);
  return due;
}

describe('promote', () => {
  it('puts the first backup of all into every calendar tier, byte for byte', async () => {
    const { stored, vault } = memoryVault();
    const first = backup('2026-03-03T02:00:00Z');
    expect(await copy(first, CALENDAR_TIERS, vault)).toEqual(['weekly', 'monthly', 'yearly']);
    for (const { bytes, scheduledTime } of stored) {
      expect(bytes).toBe(first.bytes);
      expect(scheduledTime).toBe(first.scheduledTime);
    }
  });

  it.each([
    ['the next night', '2026-03-04T02:00:00Z', []],
    ['the first night of a week', '2026-03-09T02:00:00Z', ['weekly']],
    ['a later night of a week whose first nights failed', '2026-03-12T02:00:00Z', ['weekly']],
    ['the first night of a month', '2026-04-01T02:00:00Z', ['weekly', 'monthly']],
    ['the first night of a year', '2027-01-01T02:00:00Z', ['weekly', 'monthly', 'yearly']],
    // Sent again from the dead-letter queue after the week it was for.
    ['a night of the week before', '2026-02-27T02:00:00Z', ['weekly', 'monthly']],
  ])('puts %s where it is the first', async (_, time, tiers) => {
    const { vault } = memoryVault();
    await copy(backup('2026-03-03T02:00:00Z'), CALENDAR_TIERS, vault);
    expect(await copy(backup(time), CALENDAR_TIERS, vault)).toEqual(tiers);
  });

  it.each<[Tier, readonly CalendarTier[]]>([
    ['daily', ['weekly', 'monthly', 'yearly']],
    ['weekly', ['monthly', 'yearly']],
    ['monthly', ['yearly']],
    ['yearly', []],
    ['manual', []],
    ['safety', []],
  ])('copies a %s backup to %j', async (tier, tiers) => {
    expect(await copy(backup('2026-03-03T02:00:00Z', tier), CALENDAR_TIERS, memoryVault().vault)).toEqual(
      tiers,
    );
  });

  it('fills only the tiers that are enabled', async () => {
    const { vault, tiers } = memoryVault();
    await copy(backup('2026-03-03T02:00:00Z'), ['monthly'], vault);
    await copy(backup('2026-03-03T02:00:00Z'), [], vault);
    expect(tiers()).toEqual(['monthly']);
  });

  it('goes on where an attempt broke off, and fills no tier twice', async () => {
    for (const failAfter of [0, 1, 2]) {
      const { vault, tiers } = memoryVault(failAfter);
      await expect(copy(backup('2026-03-03T02:00:00Z'), CALENDAR_TIERS, vault)).rejects.toThrow('broke down');
      const again = { ...vault, put: memoryVault().vault.put };
      expect([...tiers(), ...(await copy(backup('2026-03-03T02:00:00Z'), CALENDAR_TIERS, again))]).toEqual([
        'weekly',
        'monthly',
        'yearly',
      ]);
    }
  });

  it('leaves one copy for each week, month and year that has a backup, in whatever order they come', async () => {
    const hours = fc.nat({ max: 3 * 366 * 24 });
    await fc.assert(
      fc.asyncProperty(fc.array(hours, { maxLength: 40 }), async (nights) => {
        const { stored, vault } = memoryVault();
        const times = nights.map((hour) => new Date(Date.UTC(2025, 10, 20) + hour * 3_600_000));
        for (const time of times) await copy(backup(time.toISOString()), CALENDAR_TIERS, vault);
        for (const tier of TIERS.filter((each): each is CalendarTier =>
          CALENDAR_TIERS.some((one) => one === each),
        )) {
          const periods = new Set(times.map((time) => periodOf(tier, time).from.getTime()));
          const copies = stored.filter((one) => one.tier === tier);
          expect(copies).toHaveLength(periods.size);
          expect(
            new Set(copies.map((copy) => periodOf(tier, new Date(copy.scheduledTime)).from.getTime())),
          ).toEqual(periods);
        }
      }),
    );
  });
});
