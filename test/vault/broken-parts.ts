import type { ErrorCode } from '../../functions/errors.ts';
import { PADDING_BYTES } from '../../functions/vault/format/part.ts';
import {
  announceContent,
  contextOf,
  filesOf,
  forge,
  sealByHand,
  withSealed,
  zstdFrame,
} from './forged-archive.ts';
import { partsOf, SAMPLE_PARTS, type SampleKeys } from './sample-backup.ts';

type Broken = [name: string, code: ErrorCode, bytes: Uint8Array];

/** A frame that zstd skips: any application may have its own. */
function skippable(content: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50, 0);
  header.writeUInt32LE(content.byteLength, 4);
  return Buffer.concat([header, content]);
}

/** Archives with a part that does not belong to its manifest, or is not what it should be once it is open. All are signed, and
 * made by somebody who holds the keys. */
export async function brokenParts(keys: SampleKeys, good: Buffer): Promise<Broken[]> {
  const { manifest, sealed } = partsOf(good);
  const plain = Buffer.from(SAMPLE_PARTS['hub.config'] ?? '');
  const frame = await zstdFrame(plain);
  const secrets = Buffer.alloc(PADDING_BYTES, ' ');
  secrets.write(SAMPLE_PARTS['hub.credentials'] ?? '');
  const configuration = (content: Uint8Array, plainBytes = plain.byteLength) =>
    announceContent(keys, good, { name: 'hub.config', content, plainBytes });
  const credentials = (content: Uint8Array, plainBytes = content.byteLength) =>
    announceContent(keys, good, { name: 'hub.credentials', content, plainBytes });
  const swearing = async (context: Record<string, string>) =>
    withSealed(
      keys,
      partsOf(good),
      'hub.config',
      await sealByHand(keys, manifest, 'hub.config', frame, { context }),
    );
  const own = contextOf(manifest, 'hub.config');
  const { manifestSha256: _digest, ...withoutDigest } = own;
  const sealedAgain = await keys.seal(
    { resealed: { versionId: 'v', etag: '"e"', storedAt: '2026-01-31T02:00:09Z' } },
    SAMPLE_PARTS,
    { escrow: false },
  );

  return [
    ['context-without-the-manifest', 'CONTEXT_MISMATCH', await swearing(withoutDigest)],
    [
      'context-of-another-manifest',
      'CONTEXT_MISMATCH',
      await swearing({ ...own, manifestSha256: 'ab'.repeat(32) }),
    ],
    ['context-of-another-version', 'CONTEXT_MISMATCH', await swearing({ ...own, formatVersion: '3' })],
    ['context-with-more', 'CONTEXT_MISMATCH', await swearing({ ...own, purpose: 'backup' })],
    [
      'part-of-the-same-backup-sealed-again',
      'CONTEXT_MISMATCH',
      withSealed(
        keys,
        partsOf(good),
        'hub.config',
        partsOf(sealedAgain.bytes).sealed.get('hub.config') ?? Buffer.alloc(0),
      ),
    ],
    [
      'manifest-of-the-same-backup-sealed-again',
      'CONTEXT_MISMATCH',
      forge(keys, { ...manifest, resealed: sealedAgain.manifest.resealed }, filesOf(sealed)),
    ],
    ['not-compressed', 'PART_MALFORMED', await configuration(plain)],
    ['compressed-to-nothing', 'PART_MALFORMED', await configuration(Buffer.alloc(0))],
    [
      'decompresses-to-more',
      'PART_MALFORMED',
      await configuration(await zstdFrame(Buffer.alloc(10_000_000)), 10),
    ],
    ['decompresses-to-less', 'PART_MALFORMED', await configuration(frame, plain.byteLength + 1)],
    ['bytes-after-the-frame', 'PART_MALFORMED', await configuration(Buffer.concat([frame, Buffer.alloc(1)]))],
    [
      'skippable-frame-first',
      'PART_MALFORMED',
      await configuration(Buffer.concat([skippable(Buffer.alloc(3)), frame])),
    ],
    [
      'skippable-frame-last',
      'PART_MALFORMED',
      await configuration(Buffer.concat([frame, skippable(Buffer.alloc(0))])),
    ],
    [
      'credentials-compressed',
      'PART_MALFORMED',
      await credentials(await zstdFrame(secrets), secrets.byteLength),
    ],
    ['credentials-without-padding', 'PART_MALFORMED', await credentials(secrets.subarray(0, 100))],
    [
      'credentials-of-another-size',
      'PART_MALFORMED',
      await credentials(Buffer.concat([secrets, secrets]), secrets.byteLength),
    ],
    ['larger-than-is-opened', 'BACKUP_TOO_LARGE', await configuration(frame, 2 ** 40)],
  ];
}
