import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HistoryEntry, predictRetention } from '../../../functions/vault/retention/retention.ts';
import { liveThrough } from '../s3-lifecycle.ts';

const day = 86_400_000;
const origin = Date.parse('2026-01-01T00:00:00Z');
const at = (days: number): Date => new Date(origin + days * day);

const backups = (count: number, everyDays = 1, more: Partial<HistoryEntry> = {}): HistoryEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    versionId: `v${index}`,
    storedAt: at(index * everyDays + 0.1),
    ...more,
  }));

const kept = (history: readonly HistoryEntry[], rule: Rule, time: Date): string[] =>
  predictRetention(history, rule, time)
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ entry }) => entry.versionId);

interface Rule {
  readonly noncurrentDays: number;
  readonly newerNoncurrentVersions: number;
}

/** Backups by day and by hand, some at midnight sharp, some locked, held or deleted, in any order. */
const histories: fc.Arbitrary<HistoryEntry[]> = fc
  .uniqueArray(
    fc.record({
      // Whole days, and any minute.
      minutes: fc.oneof(
        fc.nat({ max: 40 }).map((days) => days * 1440),
        fc.nat({ max: 40 * 1440 }),
      ),
      lockedDays: fc.option(fc.nat({ max: 30 }), { freq: 2 }),
      held: fc.boolean(),
      deleteMarker: fc.nat({ max: 9 }).map((number) => number === 0),
      isProtected: fc.boolean(),
    }),
    { selector: ({ minutes }) => minutes, maxLength: 25 },
  )
  .map((entries) =>
    entries.map(({ minutes, lockedDays, held, deleteMarker, isProtected }, index) => {
      const storedAt = new Date(origin + minutes * 60_000);
      if (deleteMarker) return { versionId: `v${index}`, storedAt, deleteMarker };
      return {
        versionId: `v${index}`,
        storedAt,
        lockedUntil:
          isProtected && lockedDays !== null ? new Date(storedAt.getTime() + lockedDays * day) : null,
        held: isProtected && held,
      };
    }),
  );

const rules: fc.Arbitrary<Rule> = fc.record({
  noncurrentDays: fc.integer({ min: 1, max: 20 }),
  newerNoncurrentVersions: fc.nat({ max: 6 }),
});
const moments = fc.nat({ max: 90 * 1440 }).map((minutes) => new Date(origin + minutes * 60_000));

describe('predictRetention, for any history and rule', () => {
  it('leaves exactly what a bucket is left with that lives through the days', () => {
    fc.assert(
      fc.property(histories, rules, moments, (history, rule, time) => {
        expect(kept(history, rule, time)).toEqual(liveThrough(history, rule, time));
      }),
      { numRuns: 2000 },
    );
  });

  it('decides about each version once: what is kept and what has gone are all there are', () => {
    fc.assert(
      fc.property(histories, rules, moments, (history, rule, time) => {
        const there = history.filter(({ storedAt, deleteMarker }) => storedAt <= time && !deleteMarker);
        const fates = predictRetention(history, rule, time);
        expect(fates.map(({ entry }) => entry.versionId).sort()).toEqual(
          there.map(({ versionId }) => versionId).sort(),
        );
        for (const { reasons, goesAt } of fates) {
          expect(reasons.length > 0).toBe(goesAt === null || goesAt > time);
        }
      }),
    );
  });

  it('never lets the newest backup go, nor as many before it as are to stay', () => {
    fc.assert(
      fc.property(histories, rules, moments, (history, rule, time) => {
        const backupsOnly = history.filter(({ deleteMarker }) => !deleteMarker);
        const newest = backupsOnly
          .filter(({ storedAt }) => storedAt <= time)
          .sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime())
          .slice(0, rule.newerNoncurrentVersions + 1)
          .map(({ versionId }) => versionId);
        expect(kept(backupsOnly, rule, time)).toEqual(expect.arrayContaining(newest));
        expect(kept(backupsOnly, rule, time).slice(0, newest.length)).toEqual(newest);
      }),
    );
  });

  it('never brings back what has gone', () => {
    fc.assert(
      fc.property(histories, rules, moments, moments, (history, rule, one, other) => {
        const [earlier, later] = one <= other ? [one, other] : [other, one];
        const before = predictRetention(history, rule, earlier).map(({ entry }) => entry.versionId);
        const left = kept(history, rule, earlier);
        for (const versionId of kept(history, rule, later)) {
          if (before.includes(versionId)) expect(left).toContain(versionId);
        }
      }),
    );
  });

  it('keeps a version until the very time that it names, and not longer', () => {
    fc.assert(
      fc.property(histories, rules, moments, (history, rule, time) => {
        const past = history.filter(({ storedAt }) => storedAt <= time);
        for (const { entry, goesAt } of predictRetention(past, rule, time)) {
          if (goesAt === null || goesAt <= time) continue;
          expect(kept(past, rule, new Date(goesAt.getTime() - 1))).toContain(entry.versionId);
          expect(kept(past, rule, goesAt)).not.toContain(entry.versionId);
        }
      }),
    );
  });

  it('keeps no less under a longer rule', () => {
    fc.assert(
      fc.property(histories, rules, moments, (history, rule, time) => {
        const longer = {
          noncurrentDays: rule.noncurrentDays + 1,
          newerNoncurrentVersions: rule.newerNoncurrentVersions + 1,
        };
        expect(kept(history, longer, time)).toEqual(expect.arrayContaining(kept(history, rule, time)));
      }),
    );
  });
});

describe('predictRetention', () => {
  // The example of the documentation: replaced on January 15th at 10:30, three days.
  const replaced = [
    { versionId: 'old', storedAt: new Date('2014-01-01T10:30:00Z') },
    { versionId: 'new', storedAt: new Date('2014-01-15T10:30:00Z') },
  ];
  const threeDays = { noncurrentDays: 3, newerNoncurrentVersions: 0 };

  it('counts from the time at which a newer version took the place, up to the next midnight', () => {
    const fates = predictRetention(replaced, threeDays, new Date('2014-01-18T23:59:59Z'));
    expect(fates).toEqual([
      { entry: replaced[1], reasons: [{ kind: 'current' }], goesAt: null },
      {
        entry: replaced[0],
        reasons: [{ kind: 'young', days: 3, until: new Date('2014-01-19T00:00:00Z') }],
        goesAt: new Date('2014-01-19T00:00:00Z'),
      },
    ]);
    expect(kept(replaced, threeDays, new Date('2014-01-19T00:00:00Z'))).toEqual(['new']);
  });

  it('keeps all of a tenant whose backups have been failing for years', () => {
    const history = backups(10);
    expect(kept(history, { noncurrentDays: 5, newerNoncurrentVersions: 4 }, at(1000))).toEqual([
      'v9',
      'v8',
      'v7',
      'v6',
      'v5',
    ]);
  });

  it('says of the newest how many are newer', () => {
    const [, second, third] = predictRetention(
      backups(9),
      { noncurrentDays: 1, newerNoncurrentVersions: 2 },
      at(100),
    );
    expect(second).toMatchObject({ reasons: [{ kind: 'newest', newer: 0, of: 2 }], goesAt: null });
    expect(third).toMatchObject({ reasons: [{ kind: 'newest', newer: 1, of: 2 }], goesAt: null });
  });

  it('keeps a locked version until its lock ends', () => {
    const history = backups(3, 1, { lockedUntil: at(50.5) });
    const rule = { noncurrentDays: 5, newerNoncurrentVersions: 0 };
    const [current, , oldest] = predictRetention(history, rule, at(40));
    expect(current?.reasons).toEqual([{ kind: 'current' }, { kind: 'locked', until: at(50.5) }]);
    expect(oldest).toMatchObject({ reasons: [{ kind: 'locked', until: at(50.5) }], goesAt: at(51) });
  });

  it('keeps a held version as long as it is held', () => {
    const history = backups(3, 1, { held: true });
    const [, , oldest] = predictRetention(
      history,
      { noncurrentDays: 1, newerNoncurrentVersions: 0 },
      at(9999),
    );
    expect(oldest).toMatchObject({ reasons: [{ kind: 'held' }], goesAt: null });
  });

  it('says so when nothing but the daily run is awaited', () => {
    const rule = { noncurrentDays: 1, newerNoncurrentVersions: 1 };
    const [, , oldest] = predictRetention(backups(3, 10), rule, at(20.2));
    expect(oldest).toMatchObject({ reasons: [{ kind: 'next-run', until: at(21) }], goesAt: at(21) });
  });

  it('lets the last backup grow old behind a delete marker', () => {
    const history = [...backups(1), { versionId: 'marker', storedAt: at(1.1), deleteMarker: true }];
    const rule = { noncurrentDays: 5, newerNoncurrentVersions: 0 };
    expect(predictRetention(history, rule, at(2))).toMatchObject([
      { goesAt: at(7), reasons: [{ kind: 'young' }] },
    ]);
  });
});
