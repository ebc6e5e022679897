import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenantLocks, type TenantLocks } from '../../../functions/vault/storage/tenant-lock.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { rejectionOf } from '../../rejection.ts';

const NOON = new Date('2026-01-31T12:00:00Z');
const later = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);

let localAws: LocalAws;
let s3: S3Client;
let locks: TenantLocks;
beforeAll(async () => {
  localAws = await startLocalAws();
  s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'ledger' }));
  locks = createTenantLocks(s3, 'ledger');
});
afterAll(() => localAws?.stop());

/** A clock that is set by hand. */
const clockAt = (start: Date) => {
  let at = start;
  return {
    now: () => at,
    set: (time: Date) => {
      at = time;
    },
  };
};

const acquire = (tenant: string, operationId: string, now = NOON) =>
  locks.acquire({ tenant, operationId }, { seconds: 60, now: () => now });

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
    const lock = await acquire('returned', 'first');
    await lock.giveBack();
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
    const slow = await acquire('late', 'slow');
    await acquire('late', 'next', later(60));
    await slow.giveBack();
    expect((await rejectionOf(acquire('late', 'third', later(61)))).facts['operationId']).toBe('next');
  });

  it('of one tenant does not concern another', async () => {
    await acquire('one', 'first');
    await acquire('another', 'second');
  });

  it('runs on for as long as its holder confirms it', async () => {
    const clock = clockAt(NOON);
    const lock = await locks.acquire(
      { tenant: 'confirmed', operationId: 'long' },
      { seconds: 60, now: clock.now },
    );
    clock.set(later(50));
    await lock.confirm();
    expect((await rejectionOf(acquire('confirmed', 'second', later(109)))).facts).toMatchObject({
      operationId: 'long',
      heldSince: '2026-01-31T12:00:00.000Z',
      expiresAt: '2026-01-31T12:01:50.000Z',
    });
    await acquire('confirmed', 'second', later(110));
  });

  it('is renewed by itself, and not any more once it was given back', async () => {
    const clock = clockAt(NOON);
    const lock = await locks.acquire(
      { tenant: 'beating', operationId: 'long' },
      { seconds: 60, renewEverySeconds: 0.01, now: clock.now },
    );
    clock.set(later(40));
    const end = '2026-01-31T12:01:40.000Z';
    await expect.poll(async () => (await locks.read('beating')).lock?.expiresAt).toBe(end);
    await lock.giveBack();
    expect((await locks.read('beating')).lock?.expiresAt).toBe('2026-01-31T12:00:00.000Z');
    await acquire('beating', 'second', later(1));
  });

  it('is not confirmed to a holder from whom it was taken', async () => {
    const slow = await acquire('fenced', 'slow');
    await acquire('fenced', 'next', later(60));
    expect(await rejectionOf(slow.confirm())).toMatchObject({
      code: 'LOCK_LOST',
      disposition: 'halt',
      facts: { tenant: 'fenced', operationId: 'slow', expiresAt: '2026-01-31T12:01:00.000Z' },
    });
    expect((await rejectionOf(slow.confirm())).code).toBe('LOCK_LOST');
    expect((await locks.read('fenced')).lock?.operationId).toBe('next');
  });

  it('is confirmed to a holder of whose renewal only the answer was lost', async () => {
    const lock = await acquire('unanswered', 'first');
    const key = 'locks/unanswered.json';
    const { lock: present } = await locks.read('unanswered');
    await s3.send(
      new PutObjectCommand({
        Bucket: 'ledger',
        Key: key,
        Body: JSON.stringify({ ...present, expiresAt: later(61).toISOString() }),
      }),
    );
    await lock.confirm();
  });

  it('holds for the rest of its lease while S3 does not answer, and no longer', async () => {
    const clock = clockAt(NOON);
    const away = new S3Client({ ...clientSettings(localAws), forcePathStyle: true, maxAttempts: 1 });
    const lock = await createTenantLocks(away, 'ledger').acquire(
      { tenant: 'cut-off', operationId: 'first' },
      { seconds: 120, now: clock.now },
    );
    away.destroy();
    away.config.endpoint = async () => ({ protocol: 'http:', hostname: '127.0.0.1', port: 1, path: '/' });
    clock.set(later(60));
    await lock.confirm();
    clock.set(later(100));
    expect((await rejectionOf(lock.confirm())).code).toBe('LOCK_LOST');
  });

  it('that S3 does not return holds nobody up for longer than one lease', async () => {
    const Key = 'locks/archived.json';
    const stray = { Bucket: 'ledger', Key, Body: '{', StorageClass: 'GLACIER' } as const;
    await s3.send(new PutObjectCommand(stray));
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);
    const error = await rejectionOf(acquire('archived', 'first', inSeconds(60)));
    expect(error).toMatchObject({ code: 'TENANT_LOCKED', facts: { operationId: 'unreadable' } });
    const lock = await acquire('archived', 'first', inSeconds(150));
    expect(lock.passedOver).toBe(Key);
    await lock.giveBack();
  });

  it('of a tenant that was never written to is nobody’s', async () => {
    expect(await locks.read('untouched')).toEqual({ lock: null, passedOver: null });
  });
});
