import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createKeptBackups } from '../../../functions/vault/storage/kept-backups.client.ts';
import { createLedger } from '../../../functions/vault/storage/ledger.client.ts';
import { createTenantLocks } from '../../../functions/vault/storage/tenant-lock.client.ts';
import { createVault, type VaultVersion } from '../../../functions/vault/storage/vault.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../../fault-proxy.ts';
import { localProofs } from '../../ledger-records.ts';
import { rejectionOf } from '../../rejection.ts';
import { SampleKeys } from '../sample-backup.ts';

let localAws: LocalAws;
let proxy: FaultProxy;
let s3: S3Client;
let version: VaultVersion;
let archive: Uint8Array;
const proofs = localProofs();
beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  proxy = await startFaultProxy(localAws.endpoint);
  s3 = new S3Client({
    ...clientSettings(localAws),
    endpoint: proxy.url,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { socketTimeout: 1_000 },
  });
  for (const Bucket of ['vault', 'ledger']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  archive = (await new SampleKeys().seal()).bytes;
  await createVault(s3, 'vault').put('daily', 'acme', archive, '2026-03-03T02:00:00Z');
  const [stored] = await createVault(s3, 'vault').listVersions('daily', 'acme');
  if (!stored) throw new TypeError('the backup was stored');
  version = stored;
  await createLedger(s3, 'ledger', proofs).write('operations', 'acme', 'one', { phase: 'verified' });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  s3?.destroy();
  await proxy?.stop();
  await localAws?.stop();
});

/** Everything that reads the body of an object. */
const READERS = {
  'a backup': {
    read: async () =>
      (await createVault(s3, 'vault').get(version, { maxBytes: archive.byteLength })).equals(archive),
    of: /^GET \/vault\/daily\/acme\.tar/,
  },
  'a manifest': {
    read: async () => (await createKeptBackups(s3, 'vault').manifest(version)).tenant === 'acme',
    of: /^GET \/vault\/daily\/acme\.tar/,
  },
  'a record of the ledger': {
    read: async () =>
      (await createLedger(s3, 'ledger', proofs).read('operations', 'acme', 'one'))?.document !== undefined,
    of: /^GET \/ledger\/operations/,
  },
};

const FAULTS: readonly Pick<Fault, 'kind' | 'afterBytes'>[] = [
  { kind: 'close', afterBytes: 0 },
  { kind: 'close', afterBytes: 10 },
  { kind: 'reset', afterBytes: 10 },
  { kind: 'stall', afterBytes: 10 },
];

describe.each(Object.entries(READERS))('reading %s', (_, { read, of }) => {
  test.each(FAULTS)('is repeated after a $kind within the body, at byte $afterBytes', async (fault) => {
    proxy.fail({ ...fault, of, times: 1 });
    expect(await read()).toBe(true);
  });

  test.each(FAULTS)('is AWS_UNAVAILABLE after a $kind each time, and no verdict', async (fault) => {
    const before = proxy.requests.length;
    proxy.fail({ ...fault, of, times: Number.POSITIVE_INFINITY });
    expect(await rejectionOf(read())).toMatchObject({ code: 'AWS_UNAVAILABLE', disposition: 'retry' });
    expect(proxy.requests.slice(before)).toHaveLength(3);
  });
});

test('a backup with a byte that changed on the way is read again', async () => {
  const { read, of } = READERS['a backup'];
  proxy.fail({ kind: 'flip', afterBytes: 600, of, times: 1 });
  expect(await read()).toBe(true);
});

test('a lock is taken over although the one before is read with an interruption', async () => {
  const locks = createTenantLocks(s3, 'ledger');
  const lease = { seconds: 60, now: () => new Date('2026-03-03T02:00:00Z') };
  await (await locks.acquire({ tenant: 'acme', operationId: 'one' }, lease)).giveBack();
  proxy.fail({ kind: 'reset', afterBytes: 10, of: /^GET \/ledger\/locks/, times: 1 });
  await (await locks.acquire({ tenant: 'acme', operationId: 'two' }, lease)).giveBack();
  expect(await locks.read('acme')).toMatchObject({ lock: { operationId: 'two' } });
});

test('a body larger than expected is refused once, before it is read', async () => {
  const before = proxy.requests.length;
  expect(await rejectionOf(createVault(s3, 'vault').get(version, { maxBytes: 10 }))).toMatchObject({
    code: 'BACKUP_TOO_LARGE',
  });
  expect(proxy.requests.slice(before)).toHaveLength(1);
});
