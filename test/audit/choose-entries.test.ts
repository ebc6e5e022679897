import { describe, expect, it } from 'vitest';
import {
  chooseEntries,
  type ListedEntry,
  MOST_BYTES,
  MOST_ENTRIES,
} from '../../functions/audit/choose-entries.ts';
import { ENTRY_KINDS } from '../../functions/audit/ledger-events.ts';

const SINCE = Date.parse('2026-01-31T00:00:00Z');
const listed = (key: string, minutes = 1, sizeBytes = 500): ListedEntry => ({
  key,
  sizeBytes,
  writtenAt: new Date(SINCE + minutes * 60_000),
});
const keysOf = (entries: readonly ListedEntry[]): string[] => entries.map(({ key }) => key);
const NONE: ReadonlySet<string> = new Set();

describe('entries that are read', () => {
  it('are those written since, and those that were passed over before', () => {
    const { toRead, passedOver } = chooseEntries(
      'drills',
      [
        listed('drills/acme/old.json', -1),
        listed('drills/acme/new.json', 0),
        listed('drills/acme/known\u001b.json', -9),
      ],
      SINCE,
      new Set(['drills/acme/known\\u001b.json', 'drills/acme/gone.json']),
    );
    expect(keysOf(toRead)).toEqual(['drills/acme/known\u001b.json', 'drills/acme/new.json']);
    expect(passedOver).toEqual([]);
  });

  it.each(ENTRY_KINDS)('of %s are at most so many a tenant, the newest first', (kind) => {
    const entries = Array.from({ length: MOST_ENTRIES + 3 }, (_, index) =>
      // Two in each minute: of the same time, the later key is the later one.
      listed(`${kind}/acme/${String(index).padStart(3, '0')}.json`, Math.floor(index / 2)),
    );
    const chosen = chooseEntries(kind, [...entries, listed(`${kind}/globex/1.json`)], SINCE, NONE);
    expect(keysOf(chosen.toRead)).toEqual([...keysOf(entries).slice(3).reverse(), `${kind}/globex/1.json`]);
    expect(chosen.unread).toEqual([{ prefix: `${kind}/acme/`, entries: 3 }]);
    expect(chooseEntries(kind, entries.slice(3), SINCE, NONE).unread).toEqual([]);
  });
});

describe('what is no entry by its key or size', () => {
  it.each<[string, string, number?]>([
    ['no tenant', 'operations/one.json'],
    ['an empty tenant', 'operations//one.json'],
    ['a tenant that cannot be', 'operations/A_B/one.json'],
    ['another kind', 'plans/acme/one.json'],
    ['another ending', 'operations/acme/one.txt'],
    ['no name', 'operations/acme/.json'],
    ['a folder', 'operations/acme/'],
    ['a deeper one', 'operations/acme/b/one.json'],
    ['a way out', 'operations/../one.json'],
    ['too large', 'operations/acme/one.json', MOST_BYTES.operations + 1],
  ])('is passed over unread, however old it is: %s', (_, key, sizeBytes) => {
    const entries = [listed(key, -999_999, sizeBytes), listed('operations/acme/two.json')];
    expect(chooseEntries('operations', entries, SINCE, NONE)).toMatchObject({
      toRead: [{ key: 'operations/acme/two.json' }],
      passedOver: [key],
    });
  });

  it('is not one that is as large as an entry may be', () => {
    const entry = listed('operations/acme/one.json', 1, MOST_BYTES.operations);
    expect(chooseEntries('operations', [entry], SINCE, NONE).passedOver).toEqual([]);
  });
});
