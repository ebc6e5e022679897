/** Archives that must be refused, each by its own check: broken by hand, then made as right again as someone without the
 * keys could make them. */
import type { ErrorCode } from '../../functions/errors.ts';
import type { BackupFacts } from '../../functions/vault/backup-archive.ts';
import { MANIFEST_FILE, SIGNATURE_FILE } from '../../functions/vault/format/archive.ts';
import type { Manifest } from '../../functions/vault/format/manifest.ts';
import { brokenParts } from './broken-parts.ts';
import { brokenSignatures } from './broken-signatures.ts';
import {
  filesOf,
  flipped,
  forge,
  type HandSealOptions,
  NOT_COMMITTING,
  NOT_SIGNED,
  pack,
  sealByHand,
  textOf,
  withSealed,
  zstdFrame,
} from './forged-archive.ts';
import { partsOf, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

export interface BrokenArchive {
  /** What is wrong, as a file name. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly bytes: Buffer;
}

export async function brokenArchives(keys: SampleKeys): Promise<BrokenArchive[]> {
  const sealOf = async (facts: Partial<BackupFacts>) =>
    (await keys.seal(facts, SAMPLE_PARTS, { escrow: false })).bytes;
  const good = await sealOf({});
  const other = await sealOf({ backupId: '20260131T020000Z-ffffffff' });
  const stranger = await sealOf({ tenant: 'globex' });
  const { manifest, sealed } = partsOf(good);
  const config = sealed.get('hub.config') ?? new Uint8Array();
  const files = filesOf(sealed);
  const text = textOf(manifest);
  const edit = (change: (copy: Record<string, unknown> & Manifest) => void) => {
    const copy = structuredClone(manifest) as Record<string, unknown> & Manifest;
    change(copy);
    return forge(keys, copy, files);
  };
  const header = (at: number, value: string) => {
    const copy = Buffer.from(good);
    copy.write(value, at, 'latin1');
    copy.write('        ', 148, 'latin1');
    const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return copy;
  };
  // As the product does it, so that nothing but the seal is wrong.
  const compressed = await zstdFrame(Buffer.from(SAMPLE_PARTS['hub.config'] ?? ''));
  const byHand = async (options: HandSealOptions) =>
    replacing('hub.config', await sealByHand(keys, manifest, 'hub.config', compressed, options));
  const replacing = (name: 'hub.config', bytes: Uint8Array) => withSealed(keys, partsOf(good), name, bytes);
  const signature = { name: SIGNATURE_FILE, content: keys.signer.signNow(Buffer.from(text)) };

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
      pack([signature, { name: MANIFEST_FILE, content: Buffer.from(text) }, ...files]),
    ],
    ['without-manifest', 'ARCHIVE_MALFORMED', pack([signature, ...files])],
    ['part-missing', 'ARCHIVE_MALFORMED', forge(keys, manifest, files.slice(0, 1))],
    ['part-twice', 'ARCHIVE_MALFORMED', forge(keys, manifest, [...files, ...files.slice(0, 1)])],
    [
      'entry-too-many',
      'ARCHIVE_MALFORMED',
      forge(keys, manifest, [...files, { name: 'note.txt', content: Buffer.from('x') }]),
    ],
    ['parts-reordered', 'ARCHIVE_MALFORMED', forge(keys, manifest, files.toReversed())],
    [
      'part-renamed',
      'ARCHIVE_MALFORMED',
      forge(
        keys,
        manifest,
        files.map((file, index) => (index === 0 ? { ...file, name: 'hub.json' } : file)),
      ),
    ],
    ['manifest-compact', 'ARCHIVE_MALFORMED', forge(keys, JSON.stringify(manifest), files)],
    [
      'manifest-member-twice',
      'ARCHIVE_MALFORMED',
      forge(keys, text.replace('{', `{\n  "formatVersion": 1,`), files),
    ],
    ['manifest-not-json', 'MANIFEST_MALFORMED', forge(keys, text.slice(0, -3), files)],
    ['manifest-not-utf-8', 'MANIFEST_MALFORMED', forge(keys, manifest, files).fill(0xff, 512, 513)],
    ['manifest-too-long', 'MANIFEST_MALFORMED', forge(keys, text + ' '.repeat(300_000), files)],
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
    ...[2, 3, Number.MAX_SAFE_INTEGER].map((formatVersion): [string, ErrorCode, Uint8Array] => [
      `format-version-${formatVersion === 2 || formatVersion === 3 ? formatVersion : 'of-the-future'}`,
      'FORMAT_UNSUPPORTED',
      edit((copy) => void Object.assign(copy, { formatVersion })),
    ]),
    [
      'manifest-not-ascii',
      'MANIFEST_MALFORMED',
      edit((copy) => void Object.assign(copy.source, { issuer: 'https://b\u00fccher.example.com/b/system' })),
    ],
    [
      'part-of-another-size',
      'DIGEST_MISMATCH',
      forge(keys, manifest, filesOf(new Map(sealed).set('hub.config', config.subarray(1)))),
    ],
    [
      'part-changed',
      'DIGEST_MISMATCH',
      forge(keys, manifest, filesOf(new Map(sealed).set('hub.config', flipped(config, -1)))),
    ],
    ['manifest-of-another-backup', 'DIGEST_MISMATCH', forge(keys, partsOf(other).manifest, files)],
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
      'manifest-claims-another-export',
      'CONTEXT_MISMATCH',
      edit((copy) => void Object.assign(copy, { exportedAt: '2026-01-30T02:00:03Z' })),
    ],
    [
      'part-of-another-backup',
      'CONTEXT_MISMATCH',
      replacing('hub.config', partsOf(other).sealed.get('hub.config') ?? config),
    ],
    [
      'part-of-another-tenant',
      'CONTEXT_MISMATCH',
      replacing('hub.config', partsOf(stranger).sealed.get('hub.config') ?? config),
    ],
    [
      'credentials-in-place-of-configuration',
      'CONTEXT_MISMATCH',
      replacing('hub.config', sealed.get('hub.credentials') ?? config),
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
    ['no-message', 'SEAL_BROKEN', replacing('hub.config', Buffer.from('not a message'))],
    ['message-cut-in-its-header', 'SEAL_BROKEN', replacing('hub.config', config.subarray(0, 100))],
    ['message-cut-in-its-footer', 'SEAL_BROKEN', replacing('hub.config', config.subarray(0, -1))],
    ['message-id-changed', 'SEAL_BROKEN', replacing('hub.config', flipped(config, 5))],
    ['body-changed', 'SEAL_BROKEN', replacing('hub.config', flipped(config, -150))],
    ['signature-changed', 'SEAL_BROKEN', replacing('hub.config', flipped(config, -20))],
    [
      'bytes-after-the-message',
      'SEAL_BROKEN',
      replacing('hub.config', Buffer.concat([config, Buffer.from('x')])),
    ],
    ...(await brokenSignatures(keys, good, other)),
    ...(await brokenParts(keys, good)),
  ];
  return Promise.all(
    list.map(async ([name, code, bytes]) => ({ name, code, bytes: Buffer.from(await bytes) })),
  );
}
