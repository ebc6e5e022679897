/** Archives that must be refused, each by its own check: broken by hand, then made as right again as someone without the
 * keys could make them. */
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { ErrorCode } from '../../functions/errors.ts';
import { MANIFEST_FILE } from '../../functions/vault/archive.ts';
import type { BackupFacts } from '../../functions/vault/backup-archive.ts';
import type { FormatVersion, Manifest } from '../../functions/vault/manifest.ts';
import { compressPart } from '../../functions/vault/part.ts';
import { packTar } from '../../functions/vault/tar.ts';
import { brokenBindings } from './broken-bindings.ts';
import {
  announceContent,
  contentOf,
  filesOf,
  flipped,
  forge,
  type HandSealOptions,
  NOT_COMMITTING,
  NOT_SIGNED,
  sealByHand,
  withSealed,
} from './forged-archive.ts';
import { partsOf, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

export interface BrokenArchive {
  /** What is wrong, as a file name. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly bytes: Buffer;
}

const compress = promisify(zstdCompress);

/** @param formatVersion of the archives that are broken */
export async function brokenArchives(
  keys: SampleKeys,
  formatVersion: FormatVersion,
): Promise<BrokenArchive[]> {
  const sealOf = async (facts: Partial<BackupFacts>) =>
    (await keys.seal(facts, SAMPLE_PARTS, { escrow: false, formatVersion })).bytes;
  const good = await sealOf({});
  const other = await sealOf({ backupId: '20260131T020000Z-ffffffff' });
  const stranger = await sealOf({ tenant: 'globex' });
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
  const plain = Buffer.from(SAMPLE_PARTS['hub.config'] ?? '');
  // In the product's own way, so that nothing but the seal is wrong.
  const compressed = await compressPart(plain);
  const byHand = async (options: HandSealOptions, after = Buffer.alloc(0)) => {
    const content = Buffer.concat([contentOf(manifest, compressed), after]);
    const bytes = await sealByHand(keys, manifest, 'hub.config', content, options);
    return withSealed(partsOf(good), 'hub.config', bytes);
  };
  const announcing = (frame: Uint8Array, plainBytes: number) =>
    announceContent(keys, good, { plainBytes, compressedBytes: frame.byteLength }, (liar) =>
      contentOf(liar, frame),
    );

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
      forge(text.replace('{', `{\n  "formatVersion": ${formatVersion},`), files),
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
    ['sealed-under-an-unknown-key', 'KEY_MISMATCH', byHand({ keyArn: rogue })],
    [
      'manifest-names-another-key',
      'KEY_MISMATCH',
      edit(
        (copy) => void Object.assign(copy.parts[0] ?? {}, { recipients: [{ type: 'kms', keyArn: rogue }] }),
      ),
    ],
    ['not-committing-suite', 'SEAL_BROKEN', byHand({ suiteId: NOT_COMMITTING })],
    ['not-signed-suite', 'SEAL_BROKEN', byHand({ suiteId: NOT_SIGNED })],
    ['other-frame-size', 'SEAL_BROKEN', byHand({ frameLength: 4096 })],
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
    ['opens-to-another-size', 'SEAL_BROKEN', byHand({}, Buffer.alloc(1))],
    ['not-compressed', 'PART_MALFORMED', announcing(plain, plain.byteLength)],
    ['decompresses-to-more', 'PART_MALFORMED', announcing(await compress(Buffer.alloc(10_000_000)), 10)],
    ['decompresses-to-less', 'PART_MALFORMED', announcing(compressed, plain.byteLength + 1)],
    ['larger-than-is-opened', 'BACKUP_TOO_LARGE', announcing(compressed, 2 ** 40)],
    ...(formatVersion === 1 ? [] : await brokenBindings(keys, good, compressed)),
  ];
  return Promise.all(
    list.map(async ([name, code, bytes]) => ({ name, code, bytes: Buffer.from(await bytes) })),
  );
}
