import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFailure, recordFailure } from '../../functions/backup/failure-record.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { createLedger } from '../../functions/vault/storage/ledger.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';

const now = () => new Date('2026-01-31T02:07:00Z');
const failure = new TenantBackupError('CREDENTIALS_BLANK', '3 credentials came back blank', { blank: 3 });
const last = { deliveries: 3, maxDeliveries: 3, retryAt: null };
const body = JSON.stringify({ tenant: 'acme', tier: 'daily', scheduledTime: '2026-01-31T02:00:00Z' });

let localAws: LocalAws;
let s3: S3Client;
beforeAll(async () => {
  localAws = await startLocalAws();
  s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'ledger' }));
});
afterAll(async () => {
  s3?.destroy();
  await localAws?.stop();
});

/** What the ledger holds of the request. */
async function recorded(): Promise<unknown> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: 'ledger', Key: 'failures/acme/2026-01-31T02:00:00Z.json' }),
  );
  return JSON.parse((await Body?.transformToString()) ?? '');
}

describe('a try that failed and is followed by another one', () => {
  it('is in the ledger as not final, until a later one fails for good', async () => {
    const ledger = createLedger(s3, 'ledger');
    const tries = [
      { deliveries: 1, maxDeliveries: 3, retryAt: '2026-01-31T02:08:00.000Z' },
      { deliveries: 2, maxDeliveries: 3, retryAt: '2026-01-31T02:10:00.000Z' },
    ];
    for (const failed of tries) {
      expect(await recordFailure(body, failure, failed, { ledger, now })).toBe(true);
      const record = await recorded();
      expect(record).toMatchObject({ final: false, ...failed, code: 'CREDENTIALS_BLANK' });
      expect(parseFailure(record, JSON.parse(body))).toMatchObject({ final: false, ...failed });
    }
    await recordFailure(body, failure, last, { ledger, now });
    expect(parseFailure(await recorded(), JSON.parse(body))).toMatchObject({ final: true });
  });

  it('is read back however long its message is', async () => {
    const ledger = createLedger(s3, 'ledger');
    const long = new TenantBackupError('EXPORT_MALFORMED', '\u{1f600}'.repeat(10_001), {});
    await recordFailure(body, long, last, { ledger, now });
    expect(parseFailure(await recorded(), JSON.parse(body))).toMatchObject({ code: 'EXPORT_MALFORMED' });
  });
});

describe('a backup that failed for good', () => {
  it('is in the ledger under its tenant and scheduled time, with the reason', async () => {
    const ledger = createLedger(s3, 'ledger');
    expect(await recordFailure(body, failure, last, { ledger, now })).toBe(true);
    expect(await recorded()).toEqual({
      tenant: 'acme',
      tier: 'daily',
      scheduledTime: '2026-01-31T02:00:00Z',
      final: true,
      failedAt: '2026-01-31T02:07:00.000Z',
      deliveries: 3,
      maxDeliveries: 3,
      retryAt: null,
      code: 'CREDENTIALS_BLANK',
      message: '3 credentials came back blank',
      facts: { blank: 3 },
    });
  });

  it('is not, and nothing else happens, where the ledger cannot be written or the message names no tenant', async () => {
    const missing = createLedger(s3, 'no-such-ledger');
    expect(await recordFailure(body, failure, last, { ledger: missing, now })).toBe(false);
    const ledger = createLedger(s3, 'ledger');
    expect(await recordFailure('{}', failure, last, { ledger, now })).toBe(false);
  });
});
