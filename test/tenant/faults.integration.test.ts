import { afterAll, describe, expect, test } from 'vitest';
import { FAULT_KINDS, type FaultOrder } from '../../scripts/sandbox/faults.ts';
import { table } from '../../scripts/terminal/table.ts';
import { saidBy } from '../rejection.ts';
import { CALL_NAMES, CANARIES, type CallName, isWrite, type Outcome, tryCall } from './fault-table.ts';

/** Every fault of the sandbox in every call, with the product's clients: what becomes of it, whether anything was written,
 * and that no message tells a secret. The table is printed at the end. */

const DISCOVERY = ['discovery'] as const;
const TOKEN = ['token'] as const;
const READS = CALL_NAMES.filter((name) => !isWrite(name));
const WRITES = CALL_NAMES.filter((name) => isWrite(name) && name !== 'discovery' && name !== 'token');

type Row = readonly [
  what: string,
  fault: FaultOrder,
  onDiscovery: string,
  onToken: string,
  onRead: string,
  onWrite: string,
];

/** The same on the way to a token, which never touches the tenant, and for reads: tried again.
 * @param onWrite writes are repeated only where the tenant has refused to look at them */
const passing = (onWrite: string): [string, string, string, string] => [
  'fine (2 tries), applied',
  'fine (2 tries), applied',
  'fine (2 tries)',
  onWrite,
];
const lasting = (code: string, onWrite: string): [string, string, string, string] => [
  `${code} (3 tries), not applied`,
  `${code} (3 tries), not applied`,
  `${code} (3 tries)`,
  onWrite,
];
const refused = (onDiscovery: string, onToken: string, onRead: string, onWrite: string) =>
  [`${onDiscovery}, not applied`, `${onToken}, not applied`, onRead, `${onWrite}, not applied`] as const;
const harmless = (onWrite: string): [string, string, string, string] => [
  'fine, applied',
  'fine, applied',
  'fine',
  onWrite,
];

const UNEXPECTED = 'UNEXPECTED_RESPONSE';
const UNAVAILABLE = 'TENANT_UNAVAILABLE';
const AUTHENTICATION = 'AUTHENTICATION_REFUSED';

/** Refusals by status, as the vendor's descriptions list them. */
const STATUSES: readonly [status: number, onToken: string, onRead: string, onWrite: string][] = [
  [400, AUTHENTICATION, UNEXPECTED, 'IMPORT_REFUSED'],
  // Once more with a new token, in case the old one was no longer known.
  [401, AUTHENTICATION, `${AUTHENTICATION} (2 tries)`, `${AUTHENTICATION} (2 tries)`],
  [403, AUTHENTICATION, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
  [404, 'TENANT_NOT_FOUND', 'TENANT_NOT_FOUND', 'TENANT_NOT_FOUND'],
  [405, AUTHENTICATION, UNEXPECTED, UNEXPECTED],
  [409, AUTHENTICATION, UNEXPECTED, 'IMPORT_CONFLICT'],
  [412, AUTHENTICATION, UNEXPECTED, UNEXPECTED],
  [413, AUTHENTICATION, UNEXPECTED, 'IMPORT_REFUSED'],
  [422, AUTHENTICATION, UNEXPECTED, 'IMPORT_REFUSED'],
];

const FAULTS: readonly Row[] = [
  ['throttled once', { kind: 'throttle', times: 1 }, ...passing('fine (2 tries), applied')],
  [
    'throttled',
    { kind: 'throttle' },
    ...lasting('TENANT_THROTTLED', 'TENANT_THROTTLED (3 tries), not applied'),
  ],
  ['a burst refused once', { kind: 'burst-refusal', times: 1 }, ...passing('fine (2 tries), applied')],
  [
    'a burst refused',
    { kind: 'burst-refusal' },
    ...lasting('TENANT_THROTTLED', 'TENANT_THROTTLED (3 tries), not applied'),
  ],
  ...STATUSES.map(
    ([status, ...on]): Row => [
      `${status}`,
      { kind: 'fail', status },
      ...refused(status === 404 ? 'TENANT_NOT_FOUND' : UNEXPECTED, ...on),
    ],
  ),
  ['500', { kind: 'fail', status: 500 }, ...lasting(UNAVAILABLE, `${UNAVAILABLE}, not applied`)],
  ['503 once', { kind: 'fail', times: 1 }, ...passing(`${UNAVAILABLE}, not applied`)],
  ['503', { kind: 'fail' }, ...lasting(UNAVAILABLE, `${UNAVAILABLE}, not applied`)],
  [
    '503, having done it',
    { kind: 'fail', when: 'after' },
    ...lasting(UNAVAILABLE, `${UNAVAILABLE}, applied`),
  ],
  ['500 half-way', { kind: 'fail-halfway' }, ...harmless(`${UNAVAILABLE}, applied to 1 of 2 objects`)],
  // A write is answered by 204, which has nothing to cut.
  ['cut short once', { kind: 'truncate', times: 1 }, ...passing('fine, applied')],
  ['cut short', { kind: 'truncate' }, ...lasting('EXPORT_INCOMPLETE', 'fine, applied')],
  [
    'without the last chunk',
    { kind: 'truncate', framing: 'chunked' },
    ...lasting('EXPORT_INCOMPLETE', 'fine, applied'),
  ],
  [
    'half a document',
    { kind: 'truncate', framing: 'whole' },
    `${UNEXPECTED}, not applied`,
    `${UNEXPECTED}, not applied`,
    'EXPORT_INCOMPLETE (3 tries)',
    'fine, applied',
  ],
  ['closed once', { kind: 'close', times: 1 }, ...passing(`${UNAVAILABLE}, not applied`)],
  ['closed', { kind: 'close' }, ...lasting(UNAVAILABLE, `${UNAVAILABLE}, not applied`)],
  [
    'closed, having done it',
    { kind: 'close', when: 'after' },
    ...lasting(UNAVAILABLE, `${UNAVAILABLE}, applied`),
  ],
  ['hangs', { kind: 'hang' }, ...lasting(UNAVAILABLE, `${UNAVAILABLE}, not applied`)],
  [
    'hangs, having done it',
    { kind: 'hang', when: 'after' },
    ...lasting(UNAVAILABLE, `${UNAVAILABLE}, applied`),
  ],
  ['slow', { kind: 'slow', delayMilliseconds: 100 }, ...harmless('fine, applied')],
  ['a page', { kind: 'html' }, ...refused(UNEXPECTED, UNEXPECTED, 'EXPORT_MALFORMED', UNEXPECTED)],
  ['502 with a page', { kind: 'html', status: 502 }, ...lasting(UNAVAILABLE, `${UNAVAILABLE}, not applied`)],
  ['text/plain', { kind: 'content-type' }, ...harmless('fine, applied')],
  ['a redirect', { kind: 'redirect' }, ...refused(UNEXPECTED, UNEXPECTED, UNEXPECTED, UNEXPECTED)],
  // That a write without effect is answered like one with it is why a restore exports again and compares,
  ['empty', { kind: 'empty' }, ...refused(UNEXPECTED, UNEXPECTED, 'EXPORT_MALFORMED', 'fine')],
  ['objects left out', { kind: 'skip-import' }, ...harmless('fine, not applied')],
  // and that an export without credentials is one too, why a backup looks for them.
  ['no credentials', { kind: 'redacted' }, ...harmless('fine, applied')],
];

const rows: string[][] = [];
afterAll(() => {
  process.stdout.write(`\n${table(['the tenant', 'what happens', 'in'], rows)}\n`);
});

test('every kind of fault is tried', () => {
  expect(new Set(FAULTS.map(([, { kind }]) => kind))).toEqual(new Set(FAULT_KINDS));
});

describe('a tenant that answers', () => {
  test.each(FAULTS)('%s', async (what, fault, onDiscovery, onToken, onRead, onWrite) => {
    const patience = fault.kind === 'hang' ? 1_000 : 30_000;
    const outcomes = new Map<CallName, Outcome>(
      await Promise.all(
        CALL_NAMES.map(async (name) => [name, await tryCall(name, fault, patience)] as const),
      ),
    );
    const texts = new Map([...outcomes].map(([name, { text }]) => [name, text]));
    rows.push(...rowsOf(what, texts));

    const expected = (names: readonly CallName[], text: string) => names.map((name) => [name, text] as const);
    expect(Object.fromEntries(texts)).toEqual(
      Object.fromEntries([
        ...expected(DISCOVERY, onDiscovery),
        ...expected(TOKEN, onToken),
        ...expected(READS, onRead),
        ...expected(WRITES, onWrite),
      ]),
    );
    for (const { error, token } of outcomes.values()) {
      const said = error === undefined ? '' : saidBy(error);
      for (const canary of [...CANARIES, token]) expect(said).not.toContain(canary);
    }
  });
});

/** A line for every different outcome, with the calls that it is the outcome of. */
function rowsOf(what: string, texts: ReadonlyMap<CallName, string>): string[][] {
  const byText = Map.groupBy(texts, ([, text]) => text);
  return [...byText].map(([text, calls], index) => {
    const names: string[] = calls.map(([name]) => name);
    const shortened = [
      ['every read', READS],
      ['every write', WRITES],
    ] as const;
    for (const [group, members] of shortened) {
      if (!members.every((name) => names.includes(name))) continue;
      names.splice(0, names.length, ...names.filter((name) => !members.includes(name as CallName)), group);
    }
    return [index === 0 ? what : '', text, names.join(', ')];
  });
}
