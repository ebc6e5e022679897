import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenantLocks, type TenantLocks } from '../../functions/vault/tenant-lock.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';
import { rejectionOf } from '../rejection.ts';

const NOON = new Date('2026-01-31T12:00:00Z');
const later = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);

let localAws: LocalAws;
let locks: TenantLocks;
beforeAll(async () => {
  localAws = await startLocalAws();
  const s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'ledger' }));
  locks = createTenantLocks(s3, 'ledger');
});
afterAll(() => localAws?.stop());

const acquire = (tenant: string, operationId: string, now = NOON) =>
  locks.acquire({ tenant, operationId }, now, 60);

describe('a lock', () => {
  it('is refused to a second operation, which is told who holds it, since when and until when', async () => {
    await acquire('held', 'first');
    const error = await rejectionOf(acquire('held', 'second', later(59)));
    expect(error).toMatchObject({
      code: 'TENANT_LOCKED',
      facts: {
        tenant: 'held',
        operationId: 'first',
        heldSince: '2026-01-31T12:00:00.000Z',
        expiresAt: '2026-01-31T12:01:00.000Z',
      },
    });
    expect(error.message).toContain('operation first since 2026-01-31T12:00:00.000Z');
  });

  it('goes to exactly one of many that race for it', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => acquire('raced', `operation-${index}`)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('can be taken at once when it was given back', async () => {
    const giveBack = await acquire('returned', 'first');
    await giveBack();
    await acquire('returned', 'second', later(1));
    expect((await rejectionOf(acquire('returned', 'third', later(2)))).facts['operationId']).toBe('second');
  });

  it('can be taken from a holder whose lease has run out, by one only', async () => {
    await acquire('lapsed', 'dead');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => acquire('lapsed', `operation-${index}`, later(60))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not ended by a former holder who comes back late', async () => {
    const giveBackLate = await acquire('late', 'slow');
    await acquire('late', 'next', later(60));
    await giveBackLate();
    expect((await rejectionOf(acquire('late', 'third', later(61)))).facts['operationId']).toBe('next');
  });

  it('of one tenant does not concern another', async () => {
    await acquire('one', 'first');
    await acquire('another', 'second');
  });
});
