import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackup } from '../../functions/vault/backup-archive.ts';
import { PART_NAMES } from '../../functions/vault/format/manifest.ts';
import { createEscrowOpener } from '../../functions/vault/keys/escrow.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { type BrokenArchive, brokenArchives } from './broken-archives.ts';
import { MAX_PART_BYTES, openAll, SAMPLE_PARTS, SampleKeys, textsOf } from './sample-backup.ts';

const keys = new SampleKeys();

/** Sizes around the edges of compression blocks and of frames; beyond a frame only what does not compress. */
const SIZES = [0, 1, 2, 127, 128 * 1024, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024 + 7];

describe('a sealed backup', () => {
  it('opens to the parts that were sealed, whatever they hold', async () => {
    const content = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.json().map(Buffer.from));
    const parts = fc.dictionary(fc.constantFrom(...PART_NAMES), content, { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(parts, fc.boolean(), async (plain, escrow) => {
        const { bytes } = await keys.seal({}, plain, { escrow });
        const opened = await keys.openAll(bytes);
        expect([...opened.keys()]).toEqual(Object.keys(plain));
        for (const [name, buffer] of opened) {
          const sealed = plain[name] as Uint8Array;
          expect(buffer.subarray(0, sealed.byteLength).equals(sealed)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(SIZES)('opens to a part of %i bytes that does not compress', async (sizeBytes) => {
    const plain = randomBytes(sizeBytes);
    const { bytes } = await keys.seal({}, { 'hub.config': plain });
    expect((await keys.openAll(bytes)).get('hub.config')?.equals(plain)).toBe(true);
  });

  it('opens with the escrow key as with KMS, and without knowing whose it is', async () => {
    const { bytes } = await keys.seal();
    const unknown = { tenant: undefined, signers: null };
    const opened = await openAll(bytes, unknown, createEscrowOpener(keys.escrowPrivateKey));
    expect(textsOf(opened)).toEqual(SAMPLE_PARTS);
  });

  it('names its recipients in the manifest, and the key behind an alias', async () => {
    const alias = 'arn:aws:kms:eu-central-1:111122223333:alias/backups';
    keys.kms.aliases.set(alias, keys.configuration);
    const { manifest } = await keys.seal();
    expect(manifest.parts.map(({ recipients }) => recipients)).toEqual(
      [keys.configuration, keys.credentials].map((keyArn) => [
        { type: 'kms', keyArn },
        { type: 'escrow', fingerprint: keys.escrow.fingerprint },
      ]),
    );
  });

  it('is of the deployment that signed it, and of no other', async () => {
    const { bytes, manifest } = await keys.seal();
    expect(manifest.signedBy).toBe(keys.signer.key.fingerprint);
    const stranger = { tenant: 'acme', signers: new SampleKeys().signers };
    expect(await rejectionOf(openAll(bytes, stranger, keys.opener))).toMatchObject({
      code: 'SIGNER_UNTRUSTED',
      facts: { tenant: 'acme', backupId: manifest.backupId, signedBy: manifest.signedBy },
    });
  });

  it('is not made with a signature that nobody could check', async () => {
    const { signer } = new SampleKeys();
    const swapped = new SampleKeys();
    Object.assign(swapped.signer, { sign: signer.sign });
    expect(await rejectionOf(swapped.seal())).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('is not made of facts that could not be read again', async () => {
    const failure = await rejectionOf(keys.seal({ previous: { versionId: 'v', etag: '' } }));
    expect(failure).toMatchObject({ code: 'MANIFEST_MALFORMED' });
    expect(failure.message).toContain('previous.etag');
  });

  it('has no part that it does not name', async () => {
    const { bytes } = await keys.seal();
    const expected = { tenant: 'acme', signers: keys.signers, maxPartBytes: MAX_PART_BYTES };
    const backup = await openBackup(bytes, expected, keys.opener);
    expect(await rejectionOf(backup.open('identity.credentials'))).toMatchObject({ code: 'PART_MALFORMED' });
  });

  it('is refused to the key of another purpose, to a stranger, and to another escrow key', async () => {
    const { bytes } = await keys.seal();
    const swapped = { configuration: keys.trusted.credentials, credentials: keys.trusted.configuration };
    const openers = [
      keys.sealer().opener(swapped),
      new SampleKeys().opener,
      createEscrowOpener(new SampleKeys().escrowPrivateKey),
    ];
    // LocalKms numbers its keys, so a stranger's keys have the same names: its bytes differ, and KMS says so.
    const codes = await Promise.all(
      openers.map(async (opener) => (await rejectionOf(keys.openAll(bytes, opener))).code),
    );
    expect(codes).toEqual(['KEY_MISMATCH', 'SEAL_BROKEN', 'KEY_MISMATCH']);
  });

  it('is refused by name while its key is disabled', async () => {
    const own = new SampleKeys();
    const { bytes } = await own.seal();
    own.kms.disabled.add(own.credentials);
    expect(await rejectionOf(own.openAll(bytes))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: own.credentials, reason: 'DisabledException' },
    });
    expect(await rejectionOf(own.seal())).toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
});

describe('an archive', () => {
  let broken: BrokenArchive[] = [];
  beforeAll(async () => {
    broken = await brokenArchives(keys);
  });

  it('is refused by the right check for every way of breaking it', async () => {
    const results: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const { name, code, bytes } of broken) {
      const failure = await rejectionOf(keys.openAll(bytes));
      results[name] = failure.code;
      expected[name] = code;
      expect(saidBy(failure)).not.toContain('battery staple');
    }
    expect(results).toEqual(expected);
    expect(new Set(broken.map(({ code }) => code)).size).toBe(11);
  });
});
