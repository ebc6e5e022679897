import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLedger, type Ledger } from '../../../functions/vault/storage/ledger.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { localProofs } from '../../ledger-records.ts';
import { rejectionOf } from '../../rejection.ts';

let localAws: LocalAws;
let ledger: Ledger;
beforeAll(async () => {
  localAws = await startLocalAws();
  const s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'ledger' }));
  ledger = createLedger(s3, 'ledger', localProofs());
});
afterAll(() => localAws?.stop());

describe('an entry', () => {
  it('is read as it was written', async () => {
    expect(await ledger.write('operations', 'acme', 'one', { phase: 'locked' })).toBe(
      'operations/acme/one.json',
    );
    expect(await ledger.read('operations', 'acme', 'one')).toMatchObject({ document: { phase: 'locked' } });
    expect(await ledger.read('operations', 'acme', 'other')).toBeNull();
  });

  it('is replaced by whoever saw it last, and by nobody else', async () => {
    const first = await ledger.replace('operations', 'acme', 'two', { step: 1 }, null);
    const second = await ledger.replace('operations', 'acme', 'two', { step: 2 }, first);
    expect(await rejectionOf(ledger.replace('operations', 'acme', 'two', { step: 9 }, first))).toMatchObject({
      code: 'ENTRY_CHANGED',
      facts: { key: 'operations/acme/two.json' },
    });
    expect(await rejectionOf(ledger.replace('operations', 'acme', 'two', { step: 9 }, null))).toMatchObject({
      code: 'ENTRY_CHANGED',
    });
    expect(await ledger.read('operations', 'acme', 'two')).toMatchObject({
      document: { step: 2 },
      etag: second,
    });
  });

  it('counts as written if it is there when the write is repeated', async () => {
    const first = await ledger.replace('operations', 'acme', 'three', { step: 1 }, null);
    expect(await ledger.replace('operations', 'acme', 'three', { step: 1 }, null)).toBe(first);
  });

  it('is listed under its tenant and its kind, the one that was written last first', async () => {
    await ledger.write('plans', 'globex', 'older', {});
    // S3 tells times of writing apart by the second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await ledger.write('plans', 'globex', 'newer', {});
    await ledger.write('reports', 'globex', 'another', {});
    await ledger.write('plans', 'globex-2', 'foreign', {});
    expect((await ledger.list('plans', 'globex')).map(({ id }) => id)).toEqual(['newer', 'older']);
    expect(await ledger.list('failures', 'globex')).toEqual([]);
  });
});
