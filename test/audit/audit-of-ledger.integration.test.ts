import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_BYTES, MOST_ENTRIES } from '../../functions/audit/choose-entries.ts';
import { visible } from '../../functions/visible.ts';
import { LocalVault } from './local-vault.ts';

/** Each function may write entries of its own kinds, whatever their keys and contents: who has stolen its role plants anything
 * there. The audit names it, and goes on. */

let local: LocalVault;
beforeEach(async () => {
  local = await LocalVault.start();
  await local.enrol('acme');
  await local.backUp('acme');
});
afterEach(() => local?.stop());

const put = (Key: string, document: unknown, StorageClass?: StorageClass) =>
  local.s3.send(
    new PutObjectCommand({
      Bucket: 'ledger',
      Key,
      Body: typeof document === 'string' ? document : JSON.stringify(document),
      StorageClass,
    }),
  );

const failure = (tenant: string, scheduledTime: string) => ({
  tenant,
  tier: 'daily',
  scheduledTime,
  final: true,
  failedAt: scheduledTime,
  deliveries: 1,
  maxDeliveries: 1,
  retryAt: null,
  code: 'EXPORT_MALFORMED',
  message: 'why',
  facts: {},
});
const TIME = '2026-01-31T02:00:00Z';
const DRILL = { tenant: 'acme', id: TIME, at: TIME, verdict: 'failed' };

/** What the audit finds of the ledger, so many hours later. */
async function found(hoursLater = 0): Promise<string[]> {
  const { findings } = await local.audit(hoursLater);
  return findings
    .filter(({ code }) => code.startsWith('LEDGER_'))
    .map(({ code, severity, subject, message }) => `${severity} ${code} ${subject ?? message}`);
}
const unexpected = (keys: readonly string[]): string[] =>
  keys
    .map(visible)
    .sort()
    .map((key) => `warning LEDGER_ENTRY_UNEXPECTED ${key}`);

/** What may lie where an entry should, by its key. */
const STRAYS: readonly (readonly [what: string, key: string, document: unknown, StorageClass?])[] = [
  ['no JSON', 'failures/acme/no-json.json', '{"tenant":"acme"'],
  ['empty', 'drills/acme/empty.json', ''],
  ['of the wrong shape', `failures/acme/${TIME}.json`, [failure('acme', TIME)]],
  ['a number', 'operations/acme/number.json', '7'],
  ['of another kind', 'failures/acme/other-kind.json', { ...DRILL, id: 'other-kind' }],
  ['of another tenant', 'failures/globex/2026-01-31T03:00:00Z.json', failure('acme', '2026-01-31T03:00:00Z')],
  ['of another time', 'failures/acme/2026-01-31T04:00:00Z.json', failure('acme', TIME)],
  ['of a time to come', 'drills/acme/9999.json', { ...DRILL, id: '9999', at: '9999-01-01T00:00:00Z' }],
  [
    'too large',
    'drills/acme/large.json',
    JSON.stringify({ ...DRILL, id: 'large' }) + ' '.repeat(MOST_BYTES.drills),
  ],
  [
    'where S3 does not give it out',
    'failures/acme/2026-01-31T05:00:00Z.json',
    failure('acme', '2026-01-31T05:00:00Z'),
    'GLACIER',
  ],
  ['of no tenant', 'failures/stray.json', failure('acme', TIME)],
  ['of a tenant that cannot be', `failures/ACME/${TIME}.json`, failure('ACME', TIME)],
  ['deeper than entries are', `operations/acme/acme/${TIME}.json`, {}],
  ['a folder', 'drills/acme/', ''],
  ['of no kind', 'acme.json', '{}'],
  ['of a kind that is none', 'answers/acme/1.json', '{}'],
  ['markup', 'failures/acme/<img src=x onerror=alert(1)>&amp;"\'.json', {}],
  ['with spaces, signs and percents', 'failures/acme/a b+c%20d%25é.json', {}],
  ['with lines, a return and colours', 'operations/acme/x\u001b[2K\r\nverified.json', {}],
  ['in the other direction', 'operations/acme/\u202egnp.json', {}],
];

describe('an entry that is none', () => {
  it('is named by its key for as long as it is there, whatever it is', async () => {
    // Of kinds that are none, the audit names the beginning.
    const keys = STRAYS.map(([, key]) => (key.startsWith('answers/') ? 'answers/' : key));
    for (const [, key, document, storageClass] of STRAYS) await put(key, document, storageClass);
    for (const hours of [0, 6, 12]) expect(await found(hours)).toEqual(unexpected(keys));
    const [message] = await local.messages(1);
    const page = await local.readLedger('reports/report.html');
    for (const key of keys) {
      expect(message?.text).toContain(`WARNING LEDGER_ENTRY_UNEXPECTED ${visible(key)} is no record`);
    }
    expect(page).toContain('x\\u001b[2K\\u000d\\u000averified.json is no record of its kind');
    for (const text of ['<img', '\u001b', '\u202e']) expect(page).not.toContain(text);
    for (const [, Key] of STRAYS) await local.s3.send(new DeleteObjectCommand({ Bucket: 'ledger', Key }));
    expect(await found(18)).toEqual([]);
  });

  it('does not hide those that are', async () => {
    const later = `${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}Z`;
    await put('failures/acme/a.json', '{');
    await put(`failures/acme/${later}.json`, failure('acme', later));
    const { findings } = await local.audit();
    expect(findings.map(({ code }) => code)).toEqual(['BACKUP_FAILED', 'LEDGER_ENTRY_UNEXPECTED']);
  });

  it('is counted where there are many, and the next ones are named when the first are gone', async () => {
    const keys = Array.from(
      { length: 23 },
      (_, index) => `drills/acme/${String(index).padStart(2, '0')}.json`,
    );
    for (const key of keys) await put(key, '{');
    const more = 'warning LEDGER_ENTRY_UNEXPECTED 3 more entries of the ledger are no records of their kinds';
    for (const hours of [0, 6, 12]) {
      expect(await found(hours)).toEqual([more, ...unexpected(keys.slice(0, 20))]);
    }
    for (const Key of keys.slice(0, 20)) {
      await local.s3.send(new DeleteObjectCommand({ Bucket: 'ledger', Key }));
    }
    expect(await found(18)).toEqual(unexpected(keys.slice(20)));
    expect(await found(24)).toEqual(unexpected(keys.slice(20)));
  });
});

describe('more entries of a tenant than an audit reads', () => {
  it('are told, and the newest are read', async () => {
    const times = Array.from({ length: MOST_ENTRIES + 5 }, (_, index) =>
      new Date(Date.now() - index * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
    );
    await Promise.all(times.map((time) => put(`failures/acme/${time}.json`, failure('acme', time))));
    const { findings } = await local.audit();
    expect(findings.find(({ code }) => code === 'LEDGER_ENTRIES_UNREAD')).toMatchObject({
      severity: 'warning',
      subject: 'failures/acme/',
      facts: { prefix: 'failures/acme/', entries: 5 },
    });
    const { failures } = JSON.parse(await local.readLedger('reports/tenants/acme.json'));
    expect(failures).toHaveLength(MOST_ENTRIES);
  });
});

describe('an entry that its writer did not sign for its place', () => {
  const drill = (verdict: string) => ({ ...DRILL, verdict, at: new Date().toISOString() });

  it.each<[what: string, forge: () => Promise<unknown>]>([
    ['without a signature', () => put(`drills/acme/${TIME}.json`, drill('verified'))],
    [
      'with a record of another place',
      async () => {
        await local.writeLedger('drills/acme/other.json', drill('verified'));
        const { Body } = await local.s3.send(
          new GetObjectCommand({ Bucket: 'ledger', Key: 'drills/acme/other.json' }),
        );
        await put(`drills/acme/${TIME}.json`, (await Body?.transformToString()) ?? '');
        await local.s3.send(new DeleteObjectCommand({ Bucket: 'ledger', Key: 'drills/acme/other.json' }));
      },
    ],
  ])('is named, and settles nothing: %s', async (_, forge) => {
    await local.writeLedger('drills/acme/1.json', { ...drill('failed'), id: '1' });
    await forge();
    const { findings } = await local.audit();
    expect(findings.map(({ code }) => code).sort()).toEqual(['DRILL_FAILED', 'LEDGER_ENTRY_UNEXPECTED']);
  });

  it('is not taken for a history: the audit opens the backups again', async () => {
    await local.audit();
    const known = JSON.parse(await local.readLedger('reports/tenants/acme.json'));
    const [version] = known.versions;
    await put('reports/tenants/acme.json', { ...known, versions: [{ ...version, verdict: 'broken' }] });
    expect(await found(1)).toEqual(unexpected(['reports/tenants/acme.json']));
    expect(JSON.parse(await local.readLedger('reports/tenants/acme.json'))).toMatchObject({
      versions: [{ verdict: 'ok' }],
    });
  });
});

describe('an entry of the audit itself that is none', () => {
  it.each<[what: string, document: string, storageClass?: StorageClass]>([
    ['empty', ''],
    ['no JSON', '{"format":'],
    ['of the wrong shape', '[]'],
    ['a history and a report of nobody', '{"tenant":"globex"}'],
    ['where S3 does not give it out', '{}', 'GLACIER'],
  ])('is named, stops nothing, and is written over: %s', async (_, document, storageClass) => {
    const keys = ['reports/latest.json', 'reports/tenants/acme.json'];
    for (const key of keys) await put(key, document, storageClass);
    const { tenants, findings } = await local.audit();
    expect(tenants).toMatchObject([{ tenant: 'acme', newest: { verdict: 'ok' } }]);
    expect(findings.map(({ code, subject }) => `warning ${code} ${subject}`)).toEqual(unexpected(keys));
    expect(await found(1)).toEqual([]);
  });

  it('of a later release is no garbage', async () => {
    await local.writeLedger('reports/tenants/acme.json', { formatVersion: 99, tenant: 'acme' });
    expect(await found()).toEqual([]);
  });
});
