import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordFailure } from '../../functions/backup/failure-record.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { createLedger } from '../../functions/vault/ledger.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';

const now = () => new Date('2026-01-31T02:07:00Z');
const failure = new TenantBackupError('CREDENTIALS_BLANK', '3 credentials came back blank', { blank: 3 });
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

describe('a backup that failed for good', () => {
  it('is in the ledger under its tenant and scheduled time, with the reason', async () => {
    const ledger = createLedger(s3, 'ledger');
    expect(await recordFailure(body, failure, 3, { ledger, now })).toBe(true);
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: 'ledger', Key: 'failures/acme/2026-01-31T02:00:00Z.json' }),
    );
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toEqual({
      tenant: 'acme',
      tier: 'daily',
      scheduledTime: '2026-01-31T02:00:00Z',
      failedAt: '2026-01-31T02:07:00.000Z',
      deliveries: 3,
      code: 'CREDENTIALS_BLANK',
      message: '3 credentials came back blank',
      facts: { blank: 3 },
    });
  });

  it('is not, and nothing else happens, where the ledger cannot be written or the message names no tenant', async () => {
    const missing = createLedger(s3, 'no-such-ledger');
    expect(await recordFailure(body, failure, 1, { ledger: missing, now })).toBe(false);
    const ledger = createLedger(s3, 'ledger');
    expect(await recordFailure('{}', failure, 1, { ledger, now })).toBe(false);
  });
});
