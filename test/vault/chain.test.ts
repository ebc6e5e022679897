import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditChain, type ChainVersion } from '../../functions/vault/chain.ts';

const never = () => false;
const day = (number: number) => new Date(Date.UTC(2026, 0, 1 + number, 2));

/** Versions v0 (oldest) to vN of the daily tier, each naming the one before. */
const history = (length: number): ChainVersion[] =>
  Array.from({ length }, (_, number) => ({
    version: { tier: 'daily', versionId: `v${number}`, etag: `"${number}"`, storedAt: day(number) },
    manifest: {
      tier: 'daily',
      previous: number === 0 ? null : { versionId: `v${number - 1}`, etag: `"${number - 1}"` },
    },
  }));

const change = (versions: ChainVersion[], index: number, version: Partial<ChainVersion['version']>) =>
  versions.map((entry, at) =>
    at === index ? { ...entry, version: { ...entry.version, ...version } } : entry,
  );

const states = (
  versions: readonly ChainVersion[],
  mayBeRemoved = never as Parameters<typeof auditChain>[1],
) => auditChain(versions, mayBeRemoved).links.map(({ state }) => state);

describe('auditChain', () => {
  it('finds every link of an untouched history whole, in whatever order it is listed', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 30 })
          .chain((length) => fc.shuffledSubarray(history(length), { minLength: length })),
        (versions) => {
          const { links, missing } = auditChain(versions, never);
          expect(links.map(({ state }) => state)).toEqual([
            ...Array.from({ length: versions.length - 1 }, () => 'whole'),
            'first',
          ]);
          expect(missing).toEqual([]);
        },
      ),
    );
  });

  it('names every version that went missing and has a successor', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 18 }), { maxLength: 10 }), (gone) => {
        const left = history(20).filter((_, index) => !gone.includes(index));
        const named = gone.filter((index) => !gone.includes(index + 1)).map((index) => `v${index}`);
        expect(new Set(auditChain(left, never).missing.map(({ versionId }) => versionId))).toEqual(
          new Set(named),
        );
      }),
    );
  });

  it('shows nothing of what was cut off the end, nor of a history that is gone as a whole', () => {
    const cut = history(10).slice(0, 7);
    const goesOn: ChainVersion = {
      version: { tier: 'daily', versionId: 'next', etag: '"next"', storedAt: day(10) },
      manifest: { tier: 'daily', previous: { versionId: 'v6', etag: '"6"' } },
    };
    const beginsAnew: ChainVersion = { ...goesOn, manifest: { tier: 'daily', previous: null } };
    for (const versions of [cut, [...cut, goesOn], [beginsAnew]]) {
      expect(auditChain(versions, never).missing).toEqual([]);
      expect(states(versions)).not.toContain('skipped');
    }
  });

  it('accepts what the lifecycle may have removed, told by when its successor was stored and how many are newer', () => {
    const left = history(10).slice(4);
    const asked: unknown[] = [];
    const result = states(left, (gone) => asked.push(gone) > 0);
    expect(result).toEqual(['whole', 'whole', 'whole', 'whole', 'whole', 'expired']);
    expect(asked).toEqual([{ noncurrentSince: day(4), newerVersions: 6 }]);
  });

  it('tells a version with other content', () => {
    const { links, missing } = auditChain(change(history(3), 1, { etag: '"x"' }), never);
    expect(links.map(({ state }) => state)).toEqual(['replaced', 'whole', 'first']);
    expect(missing).toEqual([{ versionId: 'v1', namedBy: 'v2' }]);
  });

  it('tells a version that was put in between', () => {
    const intruder: ChainVersion = {
      version: { tier: 'daily', versionId: 'x', etag: '"x"', storedAt: new Date(day(1).getTime() + 1000) },
      manifest: { tier: 'daily', previous: null },
    };
    expect(states([...history(3), intruder])).toEqual(['skipped', 'first', 'whole', 'first']);
  });

  it('leaves copies to the chain of the tier that they come from, and says what it could not read', () => {
    const copies = history(2).map((entry) => ({
      ...entry,
      version: { ...entry.version, tier: 'weekly' as const },
    }));
    expect(states(copies)).toEqual(['elsewhere', 'elsewhere']);
    expect(states(history(2).map((entry) => ({ ...entry, manifest: null })))).toEqual(['unknown', 'unknown']);
    expect(states([])).toEqual([]);
  });
});
