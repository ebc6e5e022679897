/** Losses in small steps, and floods of backups: what no single night shows. */
import { describe, expect, it } from 'vitest';
import { assessFloods } from '../../functions/audit/assess/assess-floods.ts';
import { assessSlowLoss } from '../../functions/audit/assess/assess-shrink.ts';
import { dateFindings } from '../../functions/audit/findings.ts';
import type { TenantHistory } from '../../functions/audit/history.ts';
import type { Tier } from '../../functions/runtime/names.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-03-31T03:00:00Z');
const SETTINGS = { shrinkPercent: 20, minimumObjects: 5 };

interface Night {
  readonly daysAgo: number;
  readonly objects: Record<string, number>;
  readonly limits?: string;
  readonly tier?: Tier;
  readonly verdict?: 'broken';
}

const historyOf = (nights: readonly Night[]): TenantHistory =>
  ({
    tenant: 'acme',
    versions: nights
      .map(({ daysAgo, objects, limits, tier = 'daily', verdict = 'ok' }) => ({
        tier,
        versionId: `v-${daysAgo}`,
        storedAt: new Date(NOW.getTime() - daysAgo * DAY).toISOString(),
        gone: false,
        verdict,
        uploadedBy: null,
        manifest: {
          tier,
          contentTime: null,
          objects,
          credentials: 0,
          warnings: {},
          ...(limits && { limits: { by: 'enrolment', sha256: limits } }),
        },
        change: null,
      }))
      .toSorted((a, b) => (a.storedAt < b.storedAt ? 1 : -1)),
  }) as unknown as TenantHistory;

/** Nights of which each holds so many clients, the last one last. */
const clients = (...counts: number[]): Night[] =>
  counts.map((client, index) => ({ daysAgo: counts.length - 1 - index, objects: { client } }));
const found = (...nights: Night[]) =>
  assessSlowLoss(historyOf(nights), SETTINGS).map(({ subject }) => subject);

describe('a loss in small steps', () => {
  it.each<[string, Night[], string]>([
    [
      'one in a hundred each night',
      clients(...Array.from({ length: 25 }, (_, night) => 100 - night)),
      'objects 20%',
    ],
    ['one workspace a night', clients(10, 9, 8, 7, 6, 5), 'objects 50%'],
    ['and a little back, to hide it', clients(100, 90, 92, 82, 84, 74), 'objects 20%'],
    [
      'of one type, while another grows',
      [
        { daysAgo: 20, objects: { client: 50, script: 10 } },
        { daysAgo: 10, objects: { client: 40, script: 40 } },
        { daysAgo: 0, objects: { client: 30, script: 90 } },
      ],
      'client 40%',
    ],
    ['after a first growth', clients(50, 100, 95, 85, 78), 'objects 20%'],
  ])('is found against the best of 30 days: %s', (_, nights, subject) => {
    expect(found(...nights)).toContain(subject);
  });

  it.each<[string, Night[]]>([
    ['less than the setting', clients(100, 95, 90, 85, 81)],
    ['few objects of a small tenant', clients(6, 5, 4, 3, 2)],
    ['growth', clients(10, 20, 30, 40)],
    ['longer ago than 30 days', [{ daysAgo: 31, objects: { client: 100 } }, ...clients(50, 50)]],
    [
      'against a backup that leaves out other things',
      [{ daysAgo: 5, objects: { client: 100 }, limits: '1' }, ...clients(50, 50)],
    ],
    [
      'against a broken backup',
      [{ daysAgo: 5, objects: { client: 100 }, verdict: 'broken' }, ...clients(50, 50)],
    ],
    ['a single backup', clients(50)],
  ])('is no finding: %s', (_, nights) => {
    expect(found(...nights)).toEqual([]);
  });

  it('is another finding where it goes on after a person acknowledged it', () => {
    const findings = (...nights: Night[]) => assessSlowLoss(historyOf(nights), SETTINGS);
    const first = dateFindings(findings(...clients(100, 75)), [], NOW, 7).map((finding) => ({
      ...finding,
      acknowledged: { at: NOW.toISOString(), by: 'alice', reason: 'a product ended' },
    }));
    const severities = (...nights: Night[]) =>
      dateFindings(findings(...nights), first, NOW, 7).map(({ severity }) => severity);
    expect(severities(...clients(100, 75, 74))).toEqual(['known']);
    expect(severities(...clients(100, 75, 60))).toEqual(['alarm']);
  });
});

describe('backups of one day', () => {
  const stored = (count: number, tier: Tier, daysAgo = 0): Night[] =>
    Array.from({ length: count }, (_, index) => ({ daysAgo: daysAgo + index / 10_000, objects: {}, tier }));
  const floods = (...nights: Night[]) =>
    assessFloods(historyOf(nights), { compareDays: 7 }, NOW).map(({ subject }) => subject);

  it.each<[string, Night[], string[]]>([
    ['manual ones', stored(31, 'manual'), ['manual 2026-03-31']],
    ['safety backups', stored(40, 'safety', 2), ['safety 2026-03-29']],
    [
      'both',
      [...stored(31, 'manual'), ...stored(31, 'safety', 1)],
      ['manual 2026-03-31', 'safety 2026-03-30'],
    ],
  ])('are too many: %s', (_, nights, subjects) => {
    expect(floods(...nights)).toEqual(subjects);
  });

  it.each<[string, Night[]]>([
    ['one every hour', stored(24, 'manual')],
    ['of a schedule, every five minutes', stored(288, 'daily')],
    ['one a day', Array.from({ length: 60 }, (_, day) => stored(1, 'safety', day)).flat()],
    ['long ago', stored(100, 'manual', 8)],
    ['a few of each tier', [...stored(20, 'manual'), ...stored(20, 'safety')]],
  ])('are not too many: %s', (_, nights) => {
    expect(floods(...nights)).toEqual([]);
  });
});
