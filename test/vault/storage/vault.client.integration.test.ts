import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectRetentionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { versionLocks } from '../../../functions/vault/retention/retention-locks.ts';
import { createVault, type Vault } from '../../../functions/vault/storage/vault.client.ts';
import { clientSettings, type LocalAws, startLocalAws } from '../../../scripts/local/local-aws.ts';
import { rejectionOf } from '../../rejection.ts';

const MEBIBYTE = 1024 * 1024;
const Bucket = 'vault';
const now = () => new Date('2199-01-01T00:00:00Z');
const days = { daily: 7, weekly: 7, monthly: 7, yearly: 7, manual: 0, safety: 3 };

let localAws: LocalAws;
let s3: S3Client;
let vault: Vault;
/** What went to S3: the command, and the headers that lock and check. */
const sent: { command: string; headers: Record<string, string> }[] = [];

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '');
  localAws = await startLocalAws();
  s3 = new S3Client({ ...clientSettings(localAws), forcePathStyle: true });
  s3.middlewareStack.add(
    (next, context) => (request) => {
      const { headers } = request.request as { headers: Record<string, string> };
      sent.push({ command: context.commandName ?? '', headers: { ...headers } });
      return next(request);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'record' },
  );
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
    }),
  );
  vault = createVault(s3, Bucket, versionLocks({ mode: 'compliance', days }, now));
});

beforeEach(() => {
  sent.length = 0;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  s3?.destroy();
  await localAws?.stop();
});

const time = '2026-03-03T02:00:00Z';
const put = (tenant: string, bytes: Uint8Array) => vault.put('daily', tenant, bytes, time);
const lock = { Mode: 'COMPLIANCE', RetainUntilDate: new Date('2199-01-08T00:00:00Z') };
const lockOf = async (tenant: string, VersionId: string) =>
  (await s3.send(new GetObjectRetentionCommand({ Bucket, Key: `daily/${tenant}.tar`, VersionId }))).Retention;
const commands = () => sent.map(({ command }) => command);

describe('put', () => {
  test('stores up to 5 MiB with one request, locked, and with a digest that S3 checks', async () => {
    const bytes = randomBytes(5 * MEBIBYTE);
    const { versionId } = await put('small', bytes);
    expect(commands()).toEqual(['PutObjectCommand']);
    expect(sent[0]?.headers).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2199-01-08T00:00:00Z',
      'x-amz-checksum-sha256': expect.any(String),
    });
    expect(await lockOf('small', versionId)).toEqual(lock);
    const found = await vault.get(
      { tier: 'daily', tenant: 'small', versionId },
      { maxBytes: bytes.byteLength },
    );
    expect(found.equals(bytes)).toBe(true);
  });

  test.each([
    ['a byte more than 5 MiB', 5 * MEBIBYTE + 1, 2],
    ['17 MiB', 17 * MEBIBYTE, 4],
  ])('stores %s in pieces, as one version, locked and tagged', async (_, size, pieces) => {
    const bytes = randomBytes(size);
    const tenant = `large-${pieces}`;
    const { versionId } = await put(tenant, bytes);
    expect(commands().filter((command) => command === 'UploadPartCommand')).toHaveLength(pieces);
    expect(commands().at(-1)).toBe('CompleteMultipartUploadCommand');
    // S3 takes lock and tags when the upload begins.
    expect(sent.find(({ command }) => command === 'CreateMultipartUploadCommand')?.headers).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2199-01-08T00:00:00Z',
      'x-amz-tagging': expect.stringContaining('scheduled-time'),
      'x-amz-checksum-algorithm': 'SHA256',
    });
    for (const { command, headers } of sent) {
      if (command === 'UploadPartCommand') expect(headers).toHaveProperty('x-amz-checksum-sha256');
    }
    expect(await vault.listVersions('daily', tenant)).toMatchObject([{ versionId, sizeBytes: size }]);
    expect(await vault.findScheduled('daily', tenant, time)).toMatchObject({ versionId });
    expect(await lockOf(tenant, versionId)).toEqual(lock);
    const found = await vault.get({ tier: 'daily', tenant, versionId }, { maxBytes: size });
    expect(found.equals(bytes)).toBe(true);
  });

  test('asks for no lock in a tier without', async () => {
    await vault.put('manual', 'small', Buffer.from('archive'), time);
    expect(Object.keys(sent[0]?.headers ?? {}).filter((name) => name.includes('object-lock'))).toEqual([]);
  });
});

describe('findWithin', () => {
  test('finds a version by its scheduled time, the beginning of the period included and its end not', async () => {
    const { versionId } = await put('found', Buffer.from('archive'));
    const within = (from: string, to: string) =>
      vault.findWithin('daily', 'found', { from: new Date(from), to: new Date(to) });
    expect(await within('2026-03-03T02:00:00Z', '2026-03-03T02:00:01Z')).toMatchObject({ versionId });
    expect(await within('2026-03-01T00:00:00Z', '2026-03-03T02:00:00Z')).toBeNull();
    expect(await within('2026-03-03T02:00:01Z', '2026-04-01T00:00:00Z')).toBeNull();
    expect(await vault.findWithin('weekly', 'found', { from: new Date(0), to: now() })).toBeNull();
  });
});

test.each([
  ['whole', true, true],
  ['limited', true, false],
  ['incomplete', false, false],
] as const)('a version that is %s is found as such', async (extent, answers, isWhole) => {
  const tenant = `found-${extent}`;
  const { versionId } = await vault.put('daily', tenant, Buffer.from('archive'), time, extent);
  const ever = { from: new Date(0), to: new Date('2199-01-01T00:00:00Z') };
  const found = { versionId };
  expect(await vault.findScheduled('daily', tenant, time, extent)).toMatchObject(found);
  expect(await vault.findWithin('daily', tenant, ever, extent)).toMatchObject(found);
  const matching = (isFound: boolean) => (isFound ? expect.objectContaining(found) : null);
  expect(await vault.findScheduled('daily', tenant, time)).toEqual(matching(answers));
  expect(await vault.findScheduled('daily', tenant, time, 'whole')).toEqual(matching(isWhole));
  expect(await vault.findWithin('daily', tenant, ever)).toEqual(matching(isWhole));
});

describe('get', () => {
  test('says so when a version has moved to an archive', async () => {
    const stored = await s3.send(
      new PutObjectCommand({ Bucket, Key: 'yearly/cold.tar', Body: 'archive', StorageClass: 'DEEP_ARCHIVE' }),
    );
    const version = { tier: 'yearly', tenant: 'cold', versionId: stored.VersionId ?? '' } as const;
    expect(await rejectionOf(vault.get(version, { maxBytes: 100 }))).toMatchObject({
      code: 'BACKUP_ARCHIVED',
      message: expect.stringContaining('restore-object'),
    });
  });
});
