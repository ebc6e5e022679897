import { describe, expect, test } from 'vitest';
import { type ReplayFacts, replayOf, type StoredBackup } from '../../functions/vault/replay.ts';

const facts = (id: string, exportedAt: string, others: Partial<ReplayFacts> = {}): ReplayFacts => ({
  backupId: id,
  exportedAt,
  previous: null,
  contentTime: null,
  ...others,
});

let count = 0;
const stored = (
  etag: string,
  storedAt: string,
  of: ReplayFacts | null,
  tier: StoredBackup['version']['tier'] = 'daily',
): StoredBackup => ({
  version: { tier, versionId: `v${++count}`, etag, storedAt: new Date(storedAt) },
  facts: of,
});

/** A night: exported at two o'clock and stored five seconds later. */
const A = facts('a', '2026-01-31T02:00:00Z');
const ORIGINAL = stored('"a"', '2026-01-31T02:00:05Z', A);
const B = facts('b', '2026-01-31T02:20:00Z', {
  previous: { versionId: ORIGINAL.version.versionId, etag: '"a"' },
});
const LATER = stored('"b"', '2026-01-31T02:20:05Z', B);

const isReplay = (backup: StoredBackup, ...others: StoredBackup[]) =>
  replayOf(backup, [backup, ...others]) !== null;

describe('bytes that were stored before are a replay:', () => {
  test.each<[what: string, backup: StoredBackup, others: StoredBackup[]]>([
    ['the next day', stored('"a"', '2026-02-01T02:00:05Z', A), []],
    ['after an hour and a second', stored('"a"', '2026-01-31T03:00:01Z', A), []],
    ['in another tier, the next day', stored('"a"', '2026-02-01T02:00:05Z', A, 'yearly'), []],
    ['before their export', stored('"a"', '2026-01-31T00:59:59Z', A), []],
    ['after a later backup', stored('"a"', '2026-01-31T02:40:00Z', A), [ORIGINAL, LATER]],
    [
      'after a later backup of another tier',
      stored('"a"', '2026-01-31T02:40:00Z', A),
      [ORIGINAL, stored('"b"', '2026-01-31T02:20:05Z', { ...B, previous: null }, 'manual')],
    ],
    [
      'in another tier, after a later backup',
      stored('"a"', '2026-01-31T02:40:00Z', A, 'weekly'),
      [ORIGINAL, LATER],
    ],
    [
      'when the original is gone, and the later backup names it',
      stored('"a"', '2026-01-31T02:40:00Z', A),
      [LATER],
    ],
    [
      'sealed again by a deployment that took them for new',
      stored('"r"', '2026-02-02T00:00:00Z', { ...A, contentTime: '2026-02-01T02:00:05Z' }),
      [],
    ],
  ])('%s', (_, backup, others) => {
    expect(isReplay(backup, ...others)).toBe(true);
  });
});

describe('no replay is', () => {
  test.each<[what: string, backup: StoredBackup, others: StoredBackup[]]>([
    ['a backup of its night', ORIGINAL, []],
    ['a backup that a later one follows', ORIGINAL, [LATER]],
    ['the later one', LATER, [ORIGINAL]],
    ['a backup that one of the same second follows', stored('"a"', '2026-01-31T02:20:05Z', A), [LATER]],
    [
      'the copy in another tier, which is stored first',
      stored('"a"', '2026-01-31T02:00:04Z', A, 'weekly'),
      [ORIGINAL, LATER],
    ],
    ['a backup whose copy was stored first', ORIGINAL, [stored('"a"', '2026-01-31T02:00:04Z', A, 'weekly')]],
    ['a put that was repeated, as its answer was lost', stored('"a"', '2026-01-31T02:00:20Z', A), [ORIGINAL]],
    [
      'a backup beside one that ran at the same time',
      stored('"a"', '2026-01-31T02:10:00Z', A),
      [stored('"m"', '2026-01-31T02:05:00Z', facts('m', '2026-01-31T02:01:00Z'), 'manual')],
    ],
    ['a backup that took the whole hour', stored('"a"', '2026-01-31T03:00:00Z', A), []],
    [
      'an adopted export, which is as old as it says',
      stored('"a"', '2026-02-01T00:00:00Z', { ...A, contentTime: A.exportedAt }),
      [],
    ],
    [
      'a new seal of the backup',
      stored('"r"', '2026-02-20T00:00:00Z', { ...A, contentTime: '2026-01-31T02:00:05Z' }),
      [ORIGINAL, LATER],
    ],
    [
      'a version whose manifest cannot be read',
      stored('"x"', '2026-02-20T00:00:00Z', null),
      [ORIGINAL, LATER],
    ],
  ])('%s', (_, backup, others) => {
    expect(isReplay(backup, ...others)).toBe(false);
  });
});
