import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { TenantBackupError } from '../errors.ts';

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** zstd's own default: on configuration documents the next levels cost more time than they save bytes. */
const COMPRESSION_LEVEL = 3;

/** Compress the JSON text of a part: one zstd frame with content checksum and size.
 * @see https://www.rfc-editor.org/rfc/rfc8878 */
export const compressPart = (plain: Uint8Array): Promise<Buffer> =>
  compressAsync(plain, {
    params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: plain.byteLength,
  });

/** Decompress a part, never to more than its manifest announces.
 * @param plainBytes size after decompression, from the manifest
 * @throws PART_MALFORMED if it is not zstd, or its size is another */
export async function decompressPart(compressed: Uint8Array, plainBytes: number): Promise<Buffer> {
  let plain: Buffer;
  try {
    plain = await decompressAsync(compressed, { maxOutputLength: Math.max(plainBytes, 1) });
  } catch (cause) {
    throw new TenantBackupError(
      'PART_MALFORMED',
      `part must be zstd that decompresses to ${plainBytes} bytes`,
      { plainBytes },
      { cause },
    );
  }
  if (plain.byteLength !== plainBytes) {
    throw new TenantBackupError(
      'PART_MALFORMED',
      `part must decompress to ${plainBytes} bytes, got ${plain.byteLength}`,
      { plainBytes },
    );
  }
  return plain;
}
