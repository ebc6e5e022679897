/** How a part is bound to its manifest since format version 3: what is sealed begins with the manifest's digest, in a skippable
 * frame of zstd, so that any zstd decompresses the rest as if the frame were not there.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2 */
import { TenantBackupError } from '../errors.ts';

/** One of the sixteen magic numbers that RFC 8878 leaves to applications. */
const MAGIC = 0x184d2a5b;
const DIGEST_BYTES = 32;

/** Bytes of the frame: magic number and size, each four in little-endian order, and the digest. */
export const DIGEST_FRAME_BYTES = 8 + DIGEST_BYTES;

/** @param manifestSha256 see `manifestDigest` */
export function writeDigestFrame(manifestSha256: string): Buffer {
  const frame = Buffer.alloc(DIGEST_FRAME_BYTES);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(DIGEST_BYTES, 4);
  frame.write(manifestSha256, 8, 'hex');
  return frame;
}

/** Check that what was sealed was sealed for this manifest.
 * @param content what the sealed part opened to
 * @returns what follows the frame; nothing is copied
 * @throws PART_MALFORMED if it does not begin with the frame
 * @throws CONTEXT_MISMATCH if it was sealed for another manifest */
export function checkDigestFrame(content: Buffer, manifestSha256: string): Buffer {
  const [expected, actual] = [writeDigestFrame(manifestSha256), content.subarray(0, DIGEST_FRAME_BYTES)];
  if (actual.byteLength < DIGEST_FRAME_BYTES || !actual.subarray(0, 8).equals(expected.subarray(0, 8))) {
    throw new TenantBackupError('PART_MALFORMED', 'part must begin with the digest of its manifest');
  }
  if (!actual.equals(expected)) {
    throw new TenantBackupError(
      'CONTEXT_MISMATCH',
      `part must be sealed for the manifest ${manifestSha256}, it says ${actual.toString('hex', 8)}`,
      { field: 'manifestSha256' },
    );
  }
  return content.subarray(DIGEST_FRAME_BYTES);
}
