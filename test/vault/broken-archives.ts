/** Archives that must be refused, each by its own check: broken by hand, then made as right again as someone without the
 * keys could make them. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { buildEncrypt } from '@aws-crypto/encrypt-node';
import { KmsKeyringNode } from '@aws-crypto/kms-keyring-node';
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from '@aws-crypto/material-management-node';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import type { ErrorCode } from '../../functions/errors.ts';
import { MANIFEST_FILE, partFile } from '../../functions/vault/archive.ts';
import { encryptionContextOf } from '../../functions/vault/encryption-context.ts';
import { type Manifest, manifestDigest, type PartName } from '../../functions/vault/manifest.ts';
import { compressPart } from '../../functions/vault/part.ts';
import { packTar, type TarEntry } from '../../functions/vault/tar.ts';
import { partsOf, SAMPLE_FACTS, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

export interface BrokenArchive {
  /** What is wrong, as a file name. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly bytes: Buffer;
}

const compress = promisify(zstdCompress);
const { encrypt } = buildEncrypt(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
const { encrypt: encryptCommitting } = buildEncrypt();

const {
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384: NOT_COMMITTING,
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: NOT_SIGNED,
  ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384: SUITE,
} = AlgorithmSuiteIdentifier;

/** Put an archive together without any of the checks that the product makes. */
export function forge(
  manifest: object | string,
  files: readonly TarEntry[],
  time = SAMPLE_FACTS.scheduledTime,
) {
  const text = typeof manifest === 'string' ? manifest : `${JSON.stringify(manifest, null, 2)}\n`;
  return packTar([{ name: MANIFEST_FILE, content: Buffer.from(text) }, ...files], new Date(time));
}

const filesOf = (sealed: ReadonlyMap<PartName, Uint8Array>): TarEntry[] =>
  [...sealed].map(([name, content]) => ({ name: partFile(name), content }));

/** Put another sealed part in, and let the manifest say so. */
export function withSealed(
  { manifest, sealed }: ReturnType<typeof partsOf>,
  name: PartName,
  bytes: Uint8Array,
): Buffer {
  const part = manifest.parts.find((candidate) => candidate.name === name);
  if (!part) throw new Error(`no part ${name}`);
  part.sealedBytes = bytes.byteLength;
  part.sealedSha256 = createHash('sha256').update(bytes).digest('hex');
  return forge(manifest, filesOf(new Map(sealed).set(name, bytes)));
}

/** A copy with one byte changed. */
export function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x01;
  return copy;
}

/** Seal a part by hand: in another suite or frame size, or with content that is not as announced. */
async function sealByHand(
  keys: SampleKeys,
  manifest: Manifest,
  name: PartName,
  plain: Uint8Array,
  options: { suiteId?: number; frameLength?: number; keyArn?: string } = {},
): Promise<Buffer> {
  const { client } = keys.kms;
  const keyring = new KmsKeyringNode({
    generatorKeyId: options.keyArn ?? keys.keyFor(name),
    clientProvider: () => ({
      generateDataKey: (input) => client.send(new GenerateDataKeyCommand(input)) as never,
      encrypt: (input) => client.send(new EncryptCommand(input)) as never,
      decrypt: (input) => client.send(new DecryptCommand(input)) as never,
    }),
  });
  const { tenant, backupId, formatVersion } = manifest;
  const manifestSha256 = manifestDigest(manifest);
  const run = options.suiteId === NOT_COMMITTING ? encrypt : encryptCommitting;
  const { result } = await run(keyring, plain, {
    suiteId: options.suiteId ?? SUITE,
    frameLength: options.frameLength ?? 1024 * 1024,
    encryptionContext: encryptionContextOf({ tenant, backupId, part: name, formatVersion, manifestSha256 }),
  });
  return result;
}

export async function brokenArchives(keys: SampleKeys): Promise<BrokenArchive[]> {
  const good = (await keys.seal({}, SAMPLE_PARTS, { escrow: false })).bytes;
  const other = (await keys.seal({ backupId: '20260131T020000Z-ffffffff' }, SAMPLE_PARTS, { escrow: false }))
    .bytes;
  const stranger = (await keys.seal({ tenant: 'globex' }, SAMPLE_PARTS, { escrow: false })).bytes;
  const { manifest, sealed } = partsOf(good);
  const config = sealed.get('hub.config') ?? new Uint8Array();
  const files = filesOf(sealed);
  const text = good.subarray(512, 512 + Number.parseInt(good.toString('latin1', 124, 135), 8)).toString();
  const edit = (change: (copy: Record<string, unknown> & Manifest) => void) => {
    const copy = structuredClone(manifest) as Record<string, unknown> & Manifest;
    change(copy);
    return forge(copy, files);
  };
  const header = (at: number, value: string) => {
    const copy = Buffer.from(good);
    copy.write(value, at, 'latin1');
    copy.write('        ', 148, 'latin1');
    const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return copy;
  };
  const byHand = async (plain: Uint8Array, options: Parameters<typeof sealByHand>[4] = {}) =>
    withSealed(partsOf(good), 'hub.config', await sealByHand(keys, manifest, 'hub.config', plain, options));
  const plain = Buffer.from(SAMPLE_PARTS['hub.config'] ?? '');
  // In the product's own way, so that nothing but the seal is wrong.
  const compressed = await compressPart(plain);

  // What a sealed part holds is announced in the manifest, so a liar has to seal anew.
  const announcing = async (content: Uint8Array, plainBytes: number) => {
    const liar = partsOf(good);
    const part = liar.manifest.parts[0];
    if (!part) throw new Error('no part');
    part.plainBytes = plainBytes;
    part.compressedBytes = content.byteLength;
    const digests = await Promise.all(
      [...liar.sealed.keys()].map(async (name, index) => {
        const again = index === 0 ? content : await compress(SAMPLE_PARTS[name] ?? '');
        const entry = liar.manifest.parts[index];
        if (entry) entry.compressedBytes = again.byteLength;
        return [name, again] as const;
      }),
    );
    let bytes: Buffer = good;
    for (const [name, again] of digests) {
      const sealedAgain = await sealByHand(keys, liar.manifest, name, again);
      bytes = withSealed(liar, name, sealedAgain);
      liar.sealed.set(name, sealedAgain);
    }
    return bytes;
  };

  const rogue = keys.kms.createKey();
  const list: [name: string, code: ErrorCode, bytes: Uint8Array | Promise<Uint8Array>][] = [
    ['empty', 'ARCHIVE_MALFORMED', Buffer.alloc(0)],
    ['zeros', 'ARCHIVE_MALFORMED', Buffer.alloc(2048)],
    ['text', 'ARCHIVE_MALFORMED', Buffer.alloc(2048, 'no archive ')],
    ['cut-inside-a-part', 'ARCHIVE_MALFORMED', good.subarray(0, good.length - 2048)],
    ['cut-inside-a-block', 'ARCHIVE_MALFORMED', good.subarray(0, good.length - 1)],
    ['one-empty-block-at-the-end', 'ARCHIVE_MALFORMED', good.subarray(0, good.length - 512)],
    ['without-end', 'ARCHIVE_MALFORMED', good.subarray(0, good.length - 1024)],
    ['three-empty-blocks-at-the-end', 'ARCHIVE_MALFORMED', Buffer.concat([good, Buffer.alloc(512)])],
    [
      'padded-to-ten-kibibytes',
      'ARCHIVE_MALFORMED',
      Buffer.concat([good, Buffer.alloc(10240 - (good.length % 10240))]),
    ],
    ['garbage-after-the-end', 'ARCHIVE_MALFORMED', Buffer.concat([good, Buffer.alloc(512, 'x')])],
    ['end-not-empty', 'ARCHIVE_MALFORMED', flipped(good, -1)],
    ['padding-not-empty', 'ARCHIVE_MALFORMED', flipped(good, 512 + text.length)],
    ['other-mode', 'ARCHIVE_MALFORMED', header(100, '000644 ')],
    ['other-owner', 'ARCHIVE_MALFORMED', header(265, 'root')],
    ['other-time', 'ARCHIVE_MALFORMED', header(136, '00000000000 ')],
    ['symbolic-link', 'ARCHIVE_MALFORMED', header(156, '2')],
    ['hard-link', 'ARCHIVE_MALFORMED', header(156, '1')],
    ['folder', 'ARCHIVE_MALFORMED', header(156, '5')],
    ['wrong-checksum', 'ARCHIVE_MALFORMED', flipped(good, 150)],
    ['name-with-path', 'ARCHIVE_MALFORMED', header(0, './manifest.json')],
    ['size-beyond-the-end', 'ARCHIVE_MALFORMED', header(124, '77777777777 ')],
    [
      'manifest-second',
      'ARCHIVE_MALFORMED',
      packTar(
        [...files, { name: MANIFEST_FILE, content: Buffer.from(text) }],
        new Date(manifest.scheduledTime),
      ),
    ],
    ['without-manifest', 'ARCHIVE_MALFORMED', packTar(files, new Date(manifest.scheduledTime))],
    ['part-missing', 'ARCHIVE_MALFORMED', forge(manifest, files.slice(0, 1))],
    ['part-twice', 'ARCHIVE_MALFORMED', forge(manifest, [...files, ...files.slice(0, 1)])],
    [
      'entry-too-many',
      'ARCHIVE_MALFORMED',
      forge(manifest, [...files, { name: 'note.txt', content: Buffer.from('x') }]),
    ],
    ['parts-reordered', 'ARCHIVE_MALFORMED', forge(manifest, files.toReversed())],
    [
      'part-renamed',
      'ARCHIVE_MALFORMED',
      forge(
        manifest,
        files.map((file, index) => (index === 0 ? { ...file, name: 'hub.json' } : file)),
      ),
    ],
    ['manifest-compact', 'ARCHIVE_MALFORMED', forge(JSON.stringify(manifest), files)],
    [
      'manifest-member-twice',
      'ARCHIVE_MALFORMED',
      forge(text.replace('{', '{\n  "formatVersion": 1,'), files),
    ],
    ['manifest-not-json', 'MANIFEST_MALFORMED', forge(text.slice(0, -3), files)],
    ['manifest-not-utf-8', 'MANIFEST_MALFORMED', forge(manifest, files).fill(0xff, 512, 513)],
    ['manifest-too-long', 'MANIFEST_MALFORMED', forge(text + ' '.repeat(300_000), files)],
    ['manifest-unknown-field', 'MANIFEST_MALFORMED', edit((copy) => void Object.assign(copy, { note: '' }))],
    [
      'manifest-missing-field',
      'MANIFEST_MALFORMED',
      edit((copy) => void Reflect.deleteProperty(copy, 'tier')),
    ],
    [
      'manifest-part-twice',
      'MANIFEST_MALFORMED',
      edit((copy) => void copy.parts.push(...copy.parts.slice(0, 1))),
    ],
    ['manifest-without-parts', 'MANIFEST_MALFORMED', edit((copy) => void copy.parts.splice(0))],
    [
      'manifest-of-another-product',
      'MANIFEST_MALFORMED',
      edit((copy) => void Object.assign(copy, { format: 'backup' })),
    ],
    [
      'format-version-0',
      'MANIFEST_MALFORMED',
      edit((copy) => void Object.assign(copy, { formatVersion: 0 })),
    ],
    [
      'format-version-2',
      'FORMAT_UNSUPPORTED',
      edit((copy) => void Object.assign(copy, { formatVersion: 2 })),
    ],
    [
      'part-of-another-size',
      'DIGEST_MISMATCH',
      forge(manifest, filesOf(new Map(sealed).set('hub.config', config.subarray(1)))),
    ],
    [
      'part-changed',
      'DIGEST_MISMATCH',
      forge(manifest, filesOf(new Map(sealed).set('hub.config', flipped(config, -1)))),
    ],
    ['manifest-of-another-backup', 'DIGEST_MISMATCH', forge(partsOf(other).manifest, files)],
    ['another-tenants-archive', 'CONTEXT_MISMATCH', stranger],
    [
      'manifest-claims-another-time',
      'CONTEXT_MISMATCH',
      edit((copy) => void Object.assign(copy, { trigger: 'manual' })),
    ],
    [
      'manifest-claims-no-previous',
      'CONTEXT_MISMATCH',
      edit((copy) => void Object.assign(copy, { previous: null })),
    ],
    [
      'manifest-claims-other-counts',
      'CONTEXT_MISMATCH',
      edit((copy) => void Object.assign(copy.objects, { client: 1 })),
    ],
    [
      'part-of-another-backup',
      'CONTEXT_MISMATCH',
      withSealed(partsOf(good), 'hub.config', partsOf(other).sealed.get('hub.config') ?? config),
    ],
    [
      'part-of-another-tenant',
      'CONTEXT_MISMATCH',
      withSealed(partsOf(good), 'hub.config', partsOf(stranger).sealed.get('hub.config') ?? config),
    ],
    [
      'credentials-in-place-of-configuration',
      'CONTEXT_MISMATCH',
      withSealed(partsOf(good), 'hub.config', sealed.get('hub.credentials') ?? config),
    ],
    ['sealed-under-an-unknown-key', 'KEY_MISMATCH', byHand(compressed, { keyArn: rogue })],
    [
      'manifest-names-another-key',
      'KEY_MISMATCH',
      edit(
        (copy) => void Object.assign(copy.parts[0] ?? {}, { recipients: [{ type: 'kms', keyArn: rogue }] }),
      ),
    ],
    ['not-committing-suite', 'SEAL_BROKEN', byHand(compressed, { suiteId: NOT_COMMITTING })],
    ['not-signed-suite', 'SEAL_BROKEN', byHand(compressed, { suiteId: NOT_SIGNED })],
    ['other-frame-size', 'SEAL_BROKEN', byHand(compressed, { frameLength: 4096 })],
    ['no-message', 'SEAL_BROKEN', withSealed(partsOf(good), 'hub.config', Buffer.from('not a message'))],
    [
      'message-cut-in-its-header',
      'SEAL_BROKEN',
      withSealed(partsOf(good), 'hub.config', config.subarray(0, 100)),
    ],
    [
      'message-cut-in-its-footer',
      'SEAL_BROKEN',
      withSealed(partsOf(good), 'hub.config', config.subarray(0, -1)),
    ],
    ['message-id-changed', 'SEAL_BROKEN', withSealed(partsOf(good), 'hub.config', flipped(config, 5))],
    ['body-changed', 'SEAL_BROKEN', withSealed(partsOf(good), 'hub.config', flipped(config, -150))],
    ['signature-changed', 'SEAL_BROKEN', withSealed(partsOf(good), 'hub.config', flipped(config, -20))],
    [
      'bytes-after-the-message',
      'SEAL_BROKEN',
      withSealed(partsOf(good), 'hub.config', Buffer.concat([config, Buffer.from('x')])),
    ],
    ['opens-to-another-size', 'SEAL_BROKEN', byHand(Buffer.concat([compressed, Buffer.alloc(1)]))],
    ['not-compressed', 'PART_MALFORMED', announcing(plain, plain.byteLength)],
    ['decompresses-to-more', 'PART_MALFORMED', announcing(await compress(Buffer.alloc(10_000_000)), 10)],
    ['decompresses-to-less', 'PART_MALFORMED', announcing(compressed, plain.byteLength + 1)],
    ['larger-than-is-opened', 'BACKUP_TOO_LARGE', announcing(compressed, 2 ** 40)],
  ];
  return Promise.all(
    list.map(async ([name, code, bytes]) => ({ name, code, bytes: Buffer.from(await bytes) })),
  );
}
