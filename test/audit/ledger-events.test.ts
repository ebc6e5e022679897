import { describe, expect, it } from 'vitest';
import { type EntryKind, entryOf, isOfKey } from '../../functions/audit/ledger-events.ts';

const WRITTEN = new Date('2026-01-31T12:00:00Z');
const AT = '2026-01-31T11:59:00.000Z';
const ID = '0d990263-018e-4e65-a703-eff731de951e';
const FAILURE = {
  tenant: 'acme',
  scheduledTime: '2026-01-31T02:00:00Z',
  final: true,
  code: 'TENANT_UNAVAILABLE',
  message: 'why',
};
const OPERATION = {
  operationId: ID,
  operation: 'restore',
  tenant: 'acme',
  phase: 'failed',
  phases: [{ phase: 'locked', at: AT }],
};
const DRILL = { tenant: 'acme', id: AT, at: AT, verdict: 'failed' };

const isNews = (kind: EntryKind, key: string, document: unknown): boolean => {
  const entry = entryOf(kind, document);
  return entry !== null && isOfKey(entry, key, WRITTEN) && entry.event !== null;
};

it.each([
  ['failures', `failures/acme/${FAILURE.scheduledTime}.json`, FAILURE],
  ['operations', `operations/acme/${ID}.json`, OPERATION],
  ['drills', `drills/acme/${AT}.json`, DRILL],
] as const)('an entry of %s is event of the tenant in its key', (kind, key, document) => {
  expect(isNews(kind, key, document)).toBe(true);
});

it.each<[string, EntryKind, string, object]>([
  [
    'a try that the queue repeats',
    'failures',
    FAILURE.scheduledTime,
    { ...FAILURE, final: false, deliveries: 1, maxDeliveries: 5, retryAt: '2026-01-31T02:01:00.000Z' },
  ],
])('%s is an entry, and no event', (_, kind, id, document) => {
  const entry = entryOf(kind, document);
  expect(entry).toMatchObject({ tenant: 'acme', id, event: null });
  expect(entry && isOfKey(entry, `${kind}/acme/${id}.json`, WRITTEN)).toBe(true);
});

describe('an entry that does not say what its key says is no event:', () => {
  it.each<[string, EntryKind, string, unknown]>([
    ['another tenant’s', 'operations', `operations/scratch/${ID}.json`, OPERATION],
    ['another operation’s', 'operations', 'operations/acme/other.json', OPERATION],
    ['another time’s', 'failures', 'failures/acme/2026-01-30T02:00:00Z.json', FAILURE],
    ['in another place', 'drills', `drills/x/acme/${AT}.json`, DRILL],
    ['of no kind', 'failures', `failures/acme/${FAILURE.scheduledTime}.json`, OPERATION],
    ['no JSON', 'failures', `failures/acme/${FAILURE.scheduledTime}.json`, undefined],
    ['a list', 'failures', `failures/acme/${FAILURE.scheduledTime}.json`, [FAILURE]],
  ])('%s', (_, kind, key, document) => {
    expect(isNews(kind, key, document)).toBe(false);
  });

  it.each(['2026-01-31T13:00:01Z', '2099-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'of a time to come, %s: it would be the latest for ever',
    (time) => {
      const failure = { ...FAILURE, scheduledTime: time };
      expect(isNews('failures', `failures/acme/${time}.json`, failure)).toBe(false);
      const drill = { ...DRILL, id: time, at: time };
      expect(isNews('drills', `drills/acme/${time}.json`, drill)).toBe(false);
      const operation = { ...OPERATION, phases: [{ phase: 'locked', at: time }] };
      expect(isNews('operations', `operations/acme/${ID}.json`, operation)).toBe(false);
    },
  );
});
