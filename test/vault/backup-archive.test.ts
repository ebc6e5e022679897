import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackup, prepareBackup } from '../../functions/vault/backup-archive.ts';
import { createEscrowOpener } from '../../functions/vault/escrow.ts';
import { FORMAT_VERSIONS, PART_NAMES } from '../../functions/vault/manifest.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { type BrokenArchive, brokenArchives } from './broken-archives.ts';
import { MAX_PART_BYTES, openAll, SAMPLE_FACTS, SAMPLE_PARTS, SampleKeys } from './sample-backup.ts';

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
        const opened = await openAll(bytes, keys.opener);
        expect([...opened.keys()]).toEqual(Object.keys(plain));
        for (const [name, buffer] of opened) expect(buffer.equals(plain[name] as Uint8Array)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it.each(SIZES)('opens to a part of %i bytes that does not compress', async (sizeBytes) => {
    const plain = randomBytes(sizeBytes);
    const { bytes } = await keys.seal({}, { 'hub.config': plain });
    expect((await openAll(bytes, keys.opener)).get('hub.config')?.equals(plain)).toBe(true);
  });

  it('opens with the escrow key as with KMS, and without knowing whose it is', async () => {
    const { bytes } = await keys.seal();
    const opened = await openAll(bytes, createEscrowOpener(keys.escrowPrivateKey), undefined);
    expect(opened.get('hub.credentials')?.toString()).toBe(SAMPLE_PARTS['hub.credentials']);
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

  it('is not made of facts that could not be read again', async () => {
    const failure = await rejectionOf(keys.seal({ previous: { versionId: 'v', etag: '' } }));
    expect(failure).toMatchObject({ code: 'MANIFEST_MALFORMED' });
    expect(failure.message).toContain('previous.etag');
  });

  it('has no part that it does not name', async () => {
    const { bytes } = await keys.seal();
    const backup = openBackup(bytes, { tenant: 'acme', maxPartBytes: MAX_PART_BYTES }, keys.opener);
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
      openers.map(async (opener) => (await rejectionOf(openAll(bytes, opener))).code),
    );
    expect(codes).toEqual(['KEY_MISMATCH', 'SEAL_BROKEN', 'KEY_MISMATCH']);
  });

  it('is refused by name while its key is disabled', async () => {
    const own = new SampleKeys();
    const { bytes } = await own.seal();
    own.kms.disabled.add(own.credentials);
    expect(await rejectionOf(openAll(bytes, own.opener))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: own.credentials, reason: 'DisabledException' },
    });
    expect(await rejectionOf(own.seal())).toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
});

describe.each(FORMAT_VERSIONS)('an archive of format version %i', (formatVersion) => {
  let broken: BrokenArchive[] = [];
  beforeAll(async () => {
    broken = await brokenArchives(keys, formatVersion);
  });

  it('is refused by the right check for every way of breaking it', async () => {
    const results: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const { name, code, bytes } of broken) {
      const failure = await rejectionOf(openAll(bytes, keys.opener));
      results[name] = failure.code;
      expected[name] = code;
      expect(saidBy(failure)).not.toContain('battery staple');
    }
    expect(results).toEqual(expected);
    expect(new Set(broken.map(({ code }) => code)).size).toBe(9);
  });

  it('opens to the parts that were sealed, with either key', async () => {
    const { bytes, manifest } = await keys.seal({}, SAMPLE_PARTS, { formatVersion });
    expect(manifest.formatVersion).toBe(formatVersion);
    for (const opener of [keys.opener, createEscrowOpener(keys.escrowPrivateKey)]) {
      const opened = await openAll(bytes, opener);
      expect(Object.fromEntries([...opened].map(([name, plain]) => [name, plain.toString()]))).toEqual(
        SAMPLE_PARTS,
      );
    }
  });
});

describe('a backup whose keys are asked for before its content is known', () => {
  const { tenant, backupId, ...facts } = SAMPLE_FACTS;
  const parts = (['hub.config', 'hub.credentials'] as const).map((name) => ({
    name,
    keyArn: keys.keyFor(name),
    plain: Buffer.from(SAMPLE_PARTS[name] ?? ''),
  }));

  it('is the backup that it was prepared for', async () => {
    const { bytes, manifest } = await prepareBackup({ tenant, backupId }, parts, keys.sealer()).seal(
      facts,
      parts,
    );
    expect(manifest).toMatchObject({ tenant, backupId });
    expect((await openAll(bytes, keys.opener)).size).toBe(2);
  });

  it('drops the keys of parts that it does not have', async () => {
    const { bytes } = await prepareBackup({ tenant, backupId }, parts, keys.sealer()).seal(
      facts,
      parts.slice(0, 1),
    );
    expect([...(await openAll(bytes, keys.opener)).keys()]).toEqual(['hub.config']);
  });

  it('has no part that no key was asked for', async () => {
    const prepared = prepareBackup({ tenant, backupId }, parts.slice(0, 1), keys.sealer());
    await expect(prepared.seal(facts, parts)).rejects.toThrow(
      'no data key was asked for part hub.credentials',
    );
  });

  it('is not made twice with the same keys', async () => {
    const prepared = prepareBackup({ tenant, backupId }, parts, keys.sealer());
    await prepared.seal(facts, parts);
    await expect(prepared.seal(facts, parts)).rejects.toThrow('a data key seals one message');
  });

  it('says when it is sealed that a key is not to be had, and nothing if it never is', async () => {
    const own = new SampleKeys();
    own.kms.disabled.add(own.credentials);
    const prepare = () => prepareBackup({ tenant, backupId }, parts, own.sealer());
    // A rejection that nobody handles fails the run.
    prepare();
    await new Promise(setImmediate);
    expect(await rejectionOf(prepare().seal(facts, parts))).toMatchObject({
      code: 'KEY_UNAVAILABLE',
      facts: { keyArn: own.credentials },
    });
  });
});
