import type { ErrorCode } from '../../functions/errors.ts';
import { DIGEST_FRAME_BYTES, writeDigestFrame } from '../../functions/vault/digest-frame.ts';
import { type Manifest, manifestDigest } from '../../functions/vault/manifest.ts';
import {
  announceContent,
  contentOf,
  contextOf,
  filesOf,
  forge,
  sealByHand,
  withSealed,
} from './forged-archive.ts';
import { partsOf, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

type Broken = [name: string, code: ErrorCode, bytes: Uint8Array];

/** A skippable frame of zstd, as any application may have its own. */
function skippable(magic: number, content: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(content.byteLength, 4);
  return Buffer.concat([header, content]);
}

/** Archives whose parts are not bound to their manifest as format version 3 does it, or in the way of another version. All were
 * made by somebody who holds the keys; nothing but the binding is wrong.
 * @param good an archive of version 3 without escrow
 * @param compressed the configuration in it */
export async function brokenBindings(keys: SampleKeys, good: Buffer, compressed: Buffer): Promise<Broken[]> {
  const { manifest, sealed } = partsOf(good);
  const files = filesOf(sealed);
  const plainBytes = Buffer.byteLength(SAMPLE_PARTS['hub.config'] ?? '');

  /** What the configuration opens to, for the manifest that announces the size of it. */
  const holding = (content: (digest: Buffer, own: Buffer) => readonly Uint8Array[]) => {
    const of = (liar: Manifest) => {
      const digest = Buffer.from(manifestDigest(liar), 'hex');
      return Buffer.concat(content(digest, writeDigestFrame(digest.toString('hex'))));
    };
    const compressedBytes = of(manifest).byteLength - DIGEST_FRAME_BYTES;
    return announceContent(keys, good, { plainBytes, compressedBytes }, of);
  };
  const swearing = async (context: Record<string, string>, of: (bytes: Buffer) => Buffer) =>
    withSealed(
      partsOf(good),
      'hub.config',
      await sealByHand(keys, manifest, 'hub.config', of(compressed), { context }),
    );
  const claiming = (archive: Buffer, formatVersion: number) => {
    const { manifest: claimed, sealed: parts } = partsOf(archive);
    return forge({ ...claimed, formatVersion }, filesOf(parts));
  };
  const bound = (frame: Buffer) => contentOf(manifest, frame);
  const own = contextOf(manifest, 'hub.config');
  const manifestSha256 = manifestDigest(manifest);
  const version1 = { ...manifest, formatVersion: 1 as const };
  const sealedAnew = await keys.seal(
    { resealed: { versionId: 'v', etag: '"e"', storedAt: '2026-01-31T02:00:09Z' } },
    SAMPLE_PARTS,
    { escrow: false },
  );
  const old = await keys.seal({}, SAMPLE_PARTS, { escrow: false, formatVersion: 1 });

  return [
    ['format-version-of-the-future', 'FORMAT_UNSUPPORTED', claiming(good, Number.MAX_SAFE_INTEGER)],
    ['digest-frame-missing', 'PART_MALFORMED', await holding(() => [compressed])],
    [
      'digest-frame-shorter',
      'PART_MALFORMED',
      await holding((digest) => [skippable(0x184d2a5b, digest.subarray(0, 31)), compressed]),
    ],
    [
      'digest-frame-longer',
      'PART_MALFORMED',
      await holding((digest) => [
        skippable(0x184d2a5b, Buffer.concat([digest, Buffer.alloc(1)])),
        compressed,
      ]),
    ],
    [
      'digest-frame-empty',
      'PART_MALFORMED',
      await holding(() => [skippable(0x184d2a5b, Buffer.alloc(0)), compressed]),
    ],
    [
      'digest-frame-of-another-kind',
      'PART_MALFORMED',
      await holding((digest) => [skippable(0x184d2a5a, digest), compressed]),
    ],
    ['digest-frame-alone', 'PART_MALFORMED', await holding((_, frame) => [frame])],
    ['digest-frame-twice', 'PART_MALFORMED', await holding((_, frame) => [frame, frame, compressed])],
    ['digest-frame-last', 'PART_MALFORMED', await holding((_, frame) => [compressed, frame])],
    [
      'skippable-frame-between',
      'PART_MALFORMED',
      await holding((_, frame) => [frame, skippable(0x184d2a50, Buffer.alloc(3)), compressed]),
    ],
    [
      'skippable-frame-after',
      'PART_MALFORMED',
      await holding((_, frame) => [frame, compressed, skippable(0x184d2a50, Buffer.alloc(0))]),
    ],
    [
      'digest-of-another-manifest',
      'CONTEXT_MISMATCH',
      await holding((digest, frame) => [frame.fill(digest[0] === 0 ? 1 : 0, 8, 9), compressed]),
    ],
    [
      'digest-frame-of-no-digest',
      'CONTEXT_MISMATCH',
      await holding(() => [skippable(0x184d2a5b, Buffer.alloc(32)), compressed]),
    ],
    [
      'part-of-the-same-backup-sealed-anew',
      'CONTEXT_MISMATCH',
      withSealed(
        partsOf(good),
        'hub.config',
        partsOf(sealedAnew.bytes).sealed.get('hub.config') ?? Buffer.alloc(0),
      ),
    ],
    [
      'manifest-of-the-same-backup-sealed-anew',
      'CONTEXT_MISMATCH',
      forge({ ...manifest, resealed: sealedAnew.manifest.resealed }, files),
    ],
    ['claims-version-1', 'CONTEXT_MISMATCH', claiming(good, 1)],
    ['version-1-claims-version-3', 'CONTEXT_MISMATCH', claiming(old.bytes, 3)],
    [
      'part-of-version-1',
      'CONTEXT_MISMATCH',
      withSealed(partsOf(good), 'hub.config', partsOf(old.bytes).sealed.get('hub.config') ?? Buffer.alloc(0)),
    ],
    ['context-of-version-1', 'CONTEXT_MISMATCH', await swearing(contextOf(version1, 'hub.config'), bound)],
    [
      'context-and-content-of-version-1',
      'CONTEXT_MISMATCH',
      await swearing(contextOf(version1, 'hub.config'), (frame) => frame),
    ],
    [
      'context-with-the-digest-as-well',
      'CONTEXT_MISMATCH',
      await swearing({ ...own, manifestSha256 }, bound),
    ],
    ['context-of-version-2', 'CONTEXT_MISMATCH', await swearing({ ...own, formatVersion: '2' }, bound)],
    [
      'version-1-with-a-digest-frame',
      'PART_MALFORMED',
      await announceContent(
        keys,
        old.bytes,
        { plainBytes, compressedBytes: DIGEST_FRAME_BYTES + compressed.byteLength },
        (liar) => Buffer.concat([writeDigestFrame(manifestDigest(liar)), compressed]),
      ),
    ],
    ['content-of-version-1', 'SEAL_BROKEN', await swearing(own, (frame) => frame)],
  ];
}
