import { describe, expect, test } from 'vitest';
import { packArchive, sha256Hex } from '../../../functions/vault/format/archive.ts';
import type { Manifest } from '../../../functions/vault/format/manifest.ts';
import { MAX_PEEK_BYTES, peekManifest } from '../../../functions/vault/format/peek-manifest.ts';
import { packTar } from '../../../functions/vault/format/tar.ts';
import { rejectionOf } from '../../rejection.ts';

const sealed = Buffer.from('sealed');
const manifest: Manifest = {
  format: 'tenant-backup',
  formatVersion: 1,
  backupId: '20260131T020000Z-0123abcd',
  tenant: 'acme',
  scheduledTime: '2026-01-31T02:00:00Z',
  exportedAt: '2026-01-31T02:00:03Z',
  trigger: 'schedule',
  tier: 'daily',
  source: { issuer: 'https://acme.example.com/acme/system', shape: 'tenant' },
  software: { name: 'tenant-backup', version: '0.1.0' },
  signedBy: '01'.repeat(32),
  previous: null,
  resealed: null,
  objects: { client: 3 },
  credentials: {},
  warnings: {},
  parts: [
    {
      name: 'hub.config',
      plainBytes: 1,
      sealedBytes: sealed.byteLength,
      sealedSha256: sha256Hex(sealed),
      recipients: [{ type: 'kms', keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k1' }],
    },
  ],
};
const archive = packArchive({
  manifest,
  signature: Buffer.alloc(70, 's'),
  sealedParts: new Map([['hub.config', sealed]]),
});
const manifestEnd = 512 + Number.parseInt(archive.toString('latin1', 124, 135), 8);

describe('peekManifest', () => {
  test('reads the manifest from as much of an archive as holds it', () => {
    expect(peekManifest(archive.subarray(0, manifestEnd))).toEqual(manifest);
    expect(peekManifest(archive)).toEqual(manifest);
  });

  test.each([
    [0, 512],
    [511, 512],
    [512, manifestEnd],
    [manifestEnd - 1, manifestEnd],
  ])('asks for what is needed if it has %i bytes', (bytes, neededBytes) => {
    expect(peekManifest(archive.subarray(0, bytes))).toEqual({ neededBytes });
  });

  test.each([
    ['other bytes', Buffer.alloc(1024, 'x')],
    ['an archive that begins otherwise', packTar([{ name: 'other.json', content: sealed }], new Date(0))],
  ])('refuses %s', async (_, bytes) => {
    expect(await rejectionOf(() => peekManifest(bytes))).toMatchObject({ code: 'ARCHIVE_MALFORMED' });
  });

  test('never asks for more than a manifest may have', async () => {
    const huge = packTar([{ name: 'manifest.json', content: Buffer.alloc(MAX_PEEK_BYTES) }], new Date(0));
    expect(await rejectionOf(() => peekManifest(huge.subarray(0, 512)))).toMatchObject({
      code: 'MANIFEST_MALFORMED',
      message: expect.stringMatching(/at most \d+ bytes, got \d+/),
    });
  });
});
