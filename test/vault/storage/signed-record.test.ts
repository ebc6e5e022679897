import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NO_PROOFS } from '../../../functions/vault/storage/json-objects.client.ts';
import { writersOf } from '../../../functions/vault/storage/ledger-writers.ts';
import { openRecord, recordOf, type SignedRecord } from '../../../functions/vault/storage/signed-record.ts';
import { localSigner } from '../../../scripts/bench/local-signer.ts';
import { rejectionOf } from '../../rejection.ts';

const [writer, other] = [localSigner(), localSigner()];
const KEY = 'operations/acme/one.json';
const TEXT = `${JSON.stringify({ phase: 'verified', name: 'a "quoted" \u00e9 \n line' }, null, 2)}\n`;

const signed = (key: string, text: string, signer = writer): SignedRecord => {
  const record = recordOf(key, text);
  return { record, signature: signer.signNow(Buffer.from(record)).toString('base64') };
};
const RECORD = signed(KEY, TEXT);

test('returns the text that was signed, by any key that may sign the entry', () => {
  expect(openRecord(KEY, RECORD, [writer.key])).toBe(TEXT);
  expect(openRecord(KEY, RECORD, [other.key, writer.key])).toBe(TEXT);
  expect(openRecord(KEY, JSON.parse(JSON.stringify(RECORD)), [writer.key])).toBe(TEXT);
});

describe('is not believed:', () => {
  const verified = TEXT.replace('verified', 'failed');
  test.each<[what: string, value: unknown, key?: string]>([
    ['a document without a signature', JSON.parse(TEXT)],
    ['nothing', undefined],
    ['another text', { ...RECORD, record: recordOf(KEY, verified) }],
    ['a text with a blank more', { ...RECORD, record: `${RECORD.record} ` }],
    ['the record of another key', RECORD, 'operations/acme/two.json'],
    ['the record of another tenant', RECORD, 'operations/globex/one.json'],
    ['the record of another kind', RECORD, 'plans/acme/one.json'],
    ['a key that begins with the own one', signed(`${KEY}.old`, TEXT)],
    ['a key with the line in another place', signed('operations/acme', `one.json\n${TEXT}`)],
    ['the signature of another role', signed(KEY, TEXT, other)],
    ['an empty signature', { ...RECORD, signature: '' }],
    ['a signature that is no base64', { ...RECORD, signature: '*' }],
    [
      'a signature over the text alone',
      { ...RECORD, signature: writer.signNow(Buffer.from(TEXT)).toString('base64') },
    ],
    ['a member more', { ...RECORD, signedBy: 'me' }],
    ['a list', [RECORD]],
  ])('%s', (_, value, key = KEY) => {
    expect(openRecord(key, value, [writer.key])).toBeNull();
  });

  test('anything, where no key may sign', () => {
    expect(openRecord(KEY, RECORD, [])).toBeNull();
  });
});

test('openssl and jq alone show who wrote a record, and of which entry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-backup-record-'));
  try {
    writeFileSync(join(folder, 'one.json'), JSON.stringify(RECORD));
    writeFileSync(join(folder, 'restore.pem'), writer.key.pem);
    const shell = (script: string) => execFileSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' });
    const check =
      'jq -j .record one.json > record; jq -r .signature one.json | base64 -d > signature; openssl dgst -sha256 -verify restore.pem -signature signature record; head -n 1 record';
    expect(shell(check)).toBe(`Verified OK\n${KEY}\n`);
    expect(JSON.parse(shell('tail -n +2 record'))).toEqual(JSON.parse(TEXT));
    writeFileSync(join(folder, 'restore.pem'), other.key.pem);
    expect(() => shell(check)).toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the roles that may sign an entry', () => {
  test.each([
    ['plans/acme/1.json', ['plan']],
    ['operations/acme/1.json', ['restore']],
    ['operations/scratch/1.json', ['restore', 'drill']],
    ['operations/scratch2/1.json', ['restore']],
    ['reports/latest.json', ['audit']],
    ['reports/tenants/acme.json', ['audit']],
    ['drills/acme/1.json', ['drill']],
    ['probes/eu.example/scratch.json', ['drill']],
    ['requests/acme/1.json', null],
    ['checks/acme/daily.json', null],
    ['locks/acme.json', null],
    ['constructor/acme/1.json', null],
  ])('of %s are %j', (key, writers) => {
    expect(writersOf(key, { scratch: 'scratch' })).toEqual(writers);
    if (!key.includes('scratch')) expect(writersOf(key, {})).toEqual(writers);
    expect(NO_PROOFS.isSigned(key)).toBe(writers !== null);
  });
});

test('a process without keys writes nothing that is signed, and believes no entry', async () => {
  expect((await rejectionOf(NO_PROOFS.sign(KEY, Buffer.alloc(0)))).code).toBe('INVALID_ENVIRONMENT');
  expect(openRecord(KEY, RECORD, await NO_PROOFS.signersOf(KEY))).toBeNull();
});
