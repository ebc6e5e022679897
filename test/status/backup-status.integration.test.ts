import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRecord } from '../../functions/backup/check-record.ts';
import { recordFailure } from '../../functions/backup/failure-record.ts';
import { recordForward } from '../../functions/backup/forward-record.ts';
import { recordRequests, recordTry } from '../../functions/backup/request-record.ts';
import { TenantBackupError } from '../../functions/errors.ts';
import { type BackupStatus, statusOfBackup } from '../../functions/status/backup-status.ts';
import { status } from '../../functions/status/status.ts';
import { createLedger, type Ledger } from '../../functions/vault/storage/ledger.client.ts';
import { createTenantLocks } from '../../functions/vault/storage/tenant-lock.client.ts';
import { createVault, type Vault } from '../../functions/vault/storage/vault.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../scripts/local/local-aws.ts';
import { rejectionOf } from '../rejection.ts';

/** What `status` reports of backups, from the records of a real ledger and the versions of a real vault. */

const failure = new TenantBackupError('TENANT_UNAVAILABLE', 'export of acme was answered 503', {});
const ARCHIVE = Buffer.from('an archive');

let localAws: LocalAws;
let s3: S3Client;
let ledger: Ledger;
let vault: Vault;
let start: Date;
beforeAll(async () => {
  localAws = await startLocalAws();
  s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  for (const Bucket of ['ledger', 'vault']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: 'vault', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  ledger = createLedger(s3, 'ledger');
  vault = createVault(s3, 'vault');
  // S3 tells the time of its entries, and this clock that of the functions.
  start = new Date();
});
afterAll(async () => {
  s3?.destroy();
  await localAws?.stop();
});

const KEY = Buffer.alloc(32, 1);
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const timeOf = (seconds: number): string => `${later(seconds).toISOString().slice(0, 19)}Z`;
const requestOf = (tenant: string, seconds = 0) =>
  ({ tenant, tier: 'manual', scheduledTime: timeOf(seconds) }) as const;
const at = (seconds: number) => ({ ledger, vault, now: () => later(seconds) });

/** Waits until the local S3 writes entries of a later second. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1_100));

const begin = (tenant: string, deliveries: number, seconds = 0) =>
  recordTry(requestOf(tenant), { deliveries, maxDeliveries: 5 }, at(seconds));
const fail = (tenant: string, deliveries: number, retryAt: string | null) =>
  recordFailure(JSON.stringify(requestOf(tenant)), failure, { deliveries, maxDeliveries: 5, retryAt }, at(0));

const stateOf = async (tenant: string, seconds = 1): Promise<BackupStatus['state'] | undefined> =>
  (await statusOfBackup(tenant, at(seconds)))?.state;

describe('the last backup of a tenant', () => {
  it('is none where neither request nor version is known', async () => {
    expect(await statusOfBackup('unknown', at(0))).toBeNull();
  });

  it('waits, runs, is retried, runs again, and is stored', async () => {
    const tenant = 'acme';
    expect(await recordRequests([requestOf(tenant)], at(0))).toBe(true);
    expect(await statusOfBackup(tenant, at(1))).toEqual({
      state: 'waiting',
      request: requestOf(tenant),
      backup: null,
    });
    expect(await begin(tenant, 1)).toBe(true);
    const running = { state: 'running', startedAt: start.toISOString(), deliveries: 1, maxDeliveries: 5 };
    expect(await statusOfBackup(tenant, at(1))).toMatchObject(running);

    const retryAt = later(60).toISOString();
    await fail(tenant, 1, retryAt);
    expect(await statusOfBackup(tenant, at(2))).toMatchObject({
      state: 'retrying',
      retryAt,
      deliveries: 1,
      maxDeliveries: 5,
      code: 'TENANT_UNAVAILABLE',
      message: 'export of acme was answered 503',
    });
    await nextSecond();
    await begin(tenant, 2, 60);
    expect(await statusOfBackup(tenant, at(61))).toMatchObject({ state: 'running', deliveries: 2 });

    const { versionId } = await vault.put('manual', tenant, ARCHIVE, timeOf(0));
    expect(await statusOfBackup(tenant, at(62))).toEqual({
      state: 'stored',
      request: requestOf(tenant),
      backup: { tier: 'manual', versionId, sizeBytes: ARCHIVE.length, storedAt: expect.any(String) },
    });
  });

  it('fails for good with code and reason, beside the newest stored backup', async () => {
    const tenant = 'failing';
    const { versionId } = await vault.put('daily', tenant, ARCHIVE, timeOf(-86_400));
    await vault.put('safety', tenant, ARCHIVE, timeOf(-60));
    await begin(tenant, 5);
    await fail(tenant, 5, null);
    expect(await statusOfBackup(tenant, at(1))).toMatchObject({
      state: 'failed',
      code: 'TENANT_UNAVAILABLE',
      request: { tier: 'manual', scheduledTime: timeOf(0) },
      backup: { tier: 'daily', versionId },
    });
  });

  it('is unchanged where its own check found the tenant equal to a version', async () => {
    const tenant = 'steady';
    const { versionId } = await vault.put('daily', tenant, ARCHIVE, timeOf(-600));
    const request = { tenant, tier: 'daily', scheduledTime: timeOf(0) } as const;
    await recordTry(request, { deliveries: 1, maxDeliveries: 5 }, at(0));
    const checkedAt = start.toISOString();
    const check = { ...request, checkedAt, versionId, storedFor: timeOf(-600), digests: {} };
    await ledger.write(
      'checks',
      tenant,
      'daily',
      checkRecord({ ...check, scheduledTime: timeOf(-300) }, KEY),
    );
    expect(await stateOf(tenant)).toBe('running');
    await ledger.write('checks', tenant, 'daily', checkRecord(check, KEY));
    expect(await statusOfBackup(tenant, at(1))).toEqual({
      state: 'unchanged',
      checkedAt,
      versionId,
      request,
      backup: expect.objectContaining({ tier: 'daily', versionId }),
    });
  });

  it('runs again when its dead letter is sent again', async () => {
    await begin('redriven', 5);
    await fail('redriven', 5, null);
    expect(await stateOf('redriven')).toBe('failed');
    await nextSecond();
    await begin('redriven', 1, 3);
    expect(await stateOf('redriven', 4)).toBe('running');
  });

  it('waits for its next try after the function was killed', async () => {
    await begin('killed', 1);
    expect(await stateOf('killed', 899)).toBe('running');
    expect(await stateOf('killed', 901)).toBe('waiting');
  });

  it('is forwarded to the tenants of its enrolment, whatever failed before', async () => {
    await begin('big', 1);
    await fail('big', 1, later(60).toISOString());
    await recordForward(requestOf('big'), ['big--a', 'big--b'], at(61));
    expect(await statusOfBackup('big', at(62))).toMatchObject({
      state: 'forwarded',
      tenants: ['big--a', 'big--b'],
    });
  });

  it('waits for a tenant of many once its enrolment is forwarded, and not for one that it left out', async () => {
    await vault.put('daily', 'many--a', ARCHIVE, timeOf(-86_400));
    await vault.put('daily', 'many--gone', ARCHIVE, timeOf(-86_400));
    await recordForward({ ...requestOf('many'), description: 'before release 7' }, ['many--a'], at(0));
    expect(await statusOfBackup('many--a', at(1))).toMatchObject({
      state: 'waiting',
      request: { ...requestOf('many--a'), description: 'before release 7' },
      backup: { tier: 'daily' },
    });
    expect(await statusOfBackup('many--gone', at(1))).toMatchObject({ state: 'stored', request: null });
  });

  it('is the one of the latest time, and a schedule has it from its first try on', async () => {
    await recordRequests([requestOf('twice', -60)], at(-60));
    await recordTry({ ...requestOf('twice'), tier: 'daily' }, { deliveries: 1, maxDeliveries: 5 }, at(0));
    expect(await statusOfBackup('twice', at(1))).toMatchObject({
      state: 'running',
      request: { tier: 'daily', scheduledTime: timeOf(0) },
    });
  });

  it('is the newest version where the records of its request have expired', async () => {
    const { versionId } = await vault.put('monthly', 'old', ARCHIVE, timeOf(-60));
    expect(await statusOfBackup('old', at(0))).toMatchObject({
      state: 'stored',
      request: null,
      backup: { tier: 'monthly', versionId },
    });
  });
});

describe('an entry of the ledger that is no record of the request is passed over:', () => {
  it.each<[string, object]>([
    ['of another tenant', { tenant: 'globex' }],
    ['of another time', { scheduledTime: '2099-01-01T00:00:00Z' }],
    ['of a tier that is none', { tier: 'safety' }],
    ['with a description that moves the cursor', { description: '\u001b[2K' }],
    ['with a description without end', { description: 'x'.repeat(100_000) }],
  ])('%s', async (_, changes) => {
    const tenant = 'forged';
    await recordRequests([requestOf(tenant, -60)], at(-60));
    const record = { ...requestOf(tenant), startedAt: start.toISOString(), deliveries: 1, maxDeliveries: 5 };
    await ledger.write('tries', tenant, timeOf(0), { ...record, ...changes });
    expect(await statusOfBackup(tenant, at(1))).toMatchObject({
      state: 'waiting',
      request: { scheduledTime: timeOf(-60) },
    });
  });
});

describe('status', () => {
  const of = (tenant: string, operationId?: string) =>
    status({ tenant, operationId }, { ...at(1), tenantLocks: createTenantLocks(s3, 'ledger') });

  it('needs no operation where there is a backup', async () => {
    await recordRequests([requestOf('first')], at(0));
    expect(await of('first')).toMatchObject({
      tenant: 'first',
      operation: null,
      backup: { state: 'waiting' },
    });
  });

  it('refuses a tenant without either, and an operation that it does not know', async () => {
    const operationId = '0d990263-018e-4e65-a703-eff731de951e';
    expect(await rejectionOf(of('unknown'))).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    expect(await rejectionOf(of('first', operationId))).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
  });
});
